"""Goes through the fields of a tool result: which kind of number each holds, of which run, metric or setting."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from agent.grounding.fact import LEFT, OTHERS, SUM, Count, Fact, new_group
from agent.grounding.fields import kind_of
from agent.grounding.items import as_list, as_number, belongs_to, labels, noun_of, run_of
from agent.grounding.known import Facts
from agent.grounding.prose import Sentence
from agent.grounding.queries import counts_of, is_judging, sums_up
from agent.grounding.subjects import Names
from agent.grounding.units import measure_of
from tools.render.plain import Json

_PLOTTED = frozenset({"x", "y", "y_range", "panel"})
_DIGESTS = frozenset({"read", "beside"})
_TIMES = frozenset({"started_at", "ended_at"})
_OUTSIDE = _PLOTTED | _DIGESTS | _TIMES | {"sql", "number", "path", "role_confidence", "format_confidence"}
"""A plot's points are thousands that no text shows; the words of a query are the model's own; digests of what was read
have digits by chance."""
_DIGIT = re.compile(r"\d")
_NOBODY = Names()
"""Names are given to a sentence once all of its result are known."""
_POINTS = frozenset({"x", "y"})
_SHARED = frozenset({"counterpart"})
"""Parts of a run's result that are about another run too."""
_BOUNDS = frozenset({"low", "high"})
_SETTINGS = frozenset({"params", "hyperparameters"})
_ADVICE = frozenset({"fix", "proposed", "reason", "log_next"})
_NUMBERED = frozenset({"changes", "held"})
"""What has a number of its own beside a run: advice, and what became of it."""
_REACHED = frozenset({"median", "best"})
_FINISHED = frozenset({"finis"})
"""What is said of the runs that an outlook is held against, as the beginnings of words."""
_PROGRESS = frozenset({"epoch", "step", "time"})
_OF_RUNS = frozenset({"evidence", "support", "against", "points", "advice", "followed", "levels"})
"""Lists of what is said of runs: one run may stand in them more than once, and others not at all."""
_THINGS = {
    "findings": "finding",
    "metrics": "metric",
    "params": "difference",
    "differences": "difference",
    "not_checked": "check",
    "lines": "line",
}
"""What the items of a list are called."""


@dataclass(frozen=True)
class Place:
    """Where in a result: whose, of what, on which axis, in which group. of: as in a fact. level: the mean of the runs
    that share a value of a setting. is_outlook: where a run will end, beside what others reached."""

    run: str = ""
    topic: str = ""
    axis: Literal["step", "epoch", "place"] = "place"
    group: int = 0
    is_advice: bool = False
    is_point: bool = False
    is_setting: bool = False
    axes: Mapping[str, Json] = field(default_factory=dict)
    of: str = ""
    level: float | None = None
    is_outlook: bool = False


class Walk:
    """Goes through a result and notes each number with what its field and its surroundings say of it."""

    def __init__(self, into: Facts, is_advice: bool) -> None:
        self.into, self.is_advice = into, is_advice
        self.compared: tuple[str, ...] = ()
        self.lists_all = False

    def record(self, record: Mapping[str, Json], at: Place) -> None:
        """A part of a result with named fields."""
        at = self._inside(record, at)
        if kind := record.get("kind"):
            is_whole = kind == "RunList" and record.get("total") == record.get("matched")
            self.lists_all = kind == "Comparison" or is_whole
        if at.run and isinstance(verdict := record.get("verdict"), str):
            self.into.verdicts[at.run] = verdict
        if "columns" in record:
            self._table(record)
            return
        groups: dict[str, int] = defaultdict(new_group)
        for key, value in record.items():
            if key in _OUTSIDE and (key not in _POINTS or isinstance(value, list)):
                continue
            if key in _SETTINGS and isinstance(value, dict):
                self._settings(value, at)
            elif key == "values" and "key" in record:
                self._values(value, record, at)
            elif key in _BOUNDS and "choices" in record and isinstance(value, int | float):
                self.into.facts.append(Fact(float(value), "bound", "", at.topic, group=groups["bounds"]))
            elif key == "summaries":
                self._summaries(value, at)
            else:
                self._field(key, value, at, groups)

    def sentence(self, text: str, run: str, topic: str, is_advice: bool) -> None:
        """Words of a result; without a digit they prove no number."""
        if _DIGIT.search(text):
            self.into.prose.append(Sentence(text, _NOBODY, run, topic, is_advice))

    def _inside(self, record: Mapping[str, Json], at: Place) -> Place:
        run = self._learn_run(record) or at.run
        topic = next((str(record[key]) for key in ("metric", "param", "key") if isinstance(record.get(key), str)), "")
        if not topic and "first_step" in record:
            topic = str(record["name"])
        if topic:
            self.into.topics.add(topic.lower())
        given = record.get("axes")
        axes = given if isinstance(given, dict) else at.axes
        axis = record.get("axis", axes.get(topic, at.axis))
        if "amount" in record and isinstance(unit := record.get("unit"), str):
            axis = unit.rstrip("s")
        runs = record.get("runs")
        several = tuple(run_of({"run": one}) for one in runs) if isinstance(runs, list) else ()
        self.compared = several or self.compared
        kind: Literal["step", "epoch", "place"] = "epoch" if axis == "epoch" else "step" if axis == "step" else "place"
        if "evidence" in record and "onset_step" in record and kind == "place":
            kind = "epoch" if record["onset_step"] is None and record.get("onset_epoch") is not None else "place"
        if "counterpart" in record and isinstance(other := record["counterpart"], dict):
            self.compared = (run, run_of(other))
        level = record.get("mean") if "key" in record and "values" in record else None
        level = level if isinstance(level, float) else None
        # How many runs had a value of a setting is no matter of the metric beside it.
        of = belongs_to(record) or (topic if level is None else "")
        return replace(
            at,
            run=run,
            topic=topic or at.topic,
            axis=kind,
            axes=axes,
            of=of,
            level=level,
            is_outlook="siblings" in record,
        )

    def _learn_run(self, record: Mapping[str, Json]) -> str:
        """The id of the run a record is about, if it says so, known from now on by its id, name and number."""
        several = record.get("runs")
        for one in several if isinstance(several, list) else ():
            if isinstance(one, str):
                self.into.runs[one.lower()] = one
        run = record.get("run")
        if isinstance(run, dict):
            return self._learn_run(run)
        if not isinstance(run, str) or not run:
            return ""
        # A query may call a setting's value its number, too; that of a run is whole. Advice has a number of its own.
        is_own = isinstance(number := record.get("number"), int) and not record.keys() & _NUMBERED
        names = (run, record.get("name"), number) if is_own else (run,)
        self.into.runs.update({str(name).lower(): run for name in names if name is not None})
        return run

    def _field(self, key: str, value: Json, at: Place, groups: dict[str, int]) -> None:
        advice = at.is_advice or self.is_advice or key in _ADVICE
        if key in _SHARED or at.group or advice != at.is_advice or (key == "evidence" and not at.is_point):
            run = "" if key in _SHARED else at.run
            at = replace(at, run=run, group=0, is_advice=advice, is_point=at.is_point or key == "evidence")
        if isinstance(value, dict):
            self.record(value, at)
        elif isinstance(value, list):
            self._list(key, value, at)
        elif isinstance(value, str):
            self.sentence(value, at.run, at.topic, advice)
        elif value is not None and not isinstance(value, bool):
            self._number(key, float(value), at, groups)

    def _number(self, key: str, value: float, at: Place, groups: dict[str, int]) -> None:
        kind, moment, name = kind_of(key, at.axis)
        run = self.compared[0] if key == "own_best" and self.compared else at.run
        run = OTHERS if at.is_outlook and key in _REACHED else run
        shared = "value" if name in {"", "value", "y"} else name
        topic = key if kind in {"share", "count", "amount", "span"} or (kind == "free" and not at.topic) else at.topic
        if key in {"amount", "left"}:
            topic = f"{at.axis}s{LEFT if key == 'left' else ''}"
        if key == "siblings":
            self.into.counts.append(Count(value, "run", at.run, _FINISHED))
            return
        if kind == "count":
            is_all = self.lists_all or key == "total"
            self.into.counts.append(Count(value, noun_of(key), at.run, of=at.of, beside=at.level, is_all=is_all))
        label = moment or ("point" if at.is_point else "")
        of = at.of if kind in {"count", "line"} or moment == "onset" else ""
        unit = measure_of(key) or measure_of(topic)
        self.into.facts.append(
            Fact(value, kind, run, topic, label, groups[shared], is_advice=at.is_advice, of=of, unit=unit)
        )
        if key in {"steps", "epochs"}:
            self.into.facts.append(Fact(value, "span", at.run, key))

    def _list(self, key: str, items: list[Json], at: Place) -> None:
        self._count(key, items, at.run)
        for item in items:
            if isinstance(item, dict):
                self.record(item, at)
            elif isinstance(item, list):
                self._list("", item, at)
            else:
                self._field(key, item, at, defaultdict(new_group))

    def _settings(self, settings: Mapping[str, Json], at: Place) -> None:
        self.into.counts.append(Count(len(settings), "setting", at.run))
        for key, value in settings.items():
            self._setting(key, value, at.run)

    def _setting(self, key: str, value: Json, run: str) -> None:
        self.into.topics.add(key.lower())
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                self.sentence(one, run, key, is_advice=False)
                number = as_number(one)
                one = number if number is not None else None
            if isinstance(one, int | float) and not isinstance(one, bool):
                self.into.facts.append(Fact(float(one), "setting", run, key, unit=measure_of(key)))

    def _values(self, values: Json, record: Mapping[str, Json], at: Place) -> None:
        """The values of a setting in the order of the runs compared; those of a counterpart have no order here."""
        if isinstance(values, list) and len(values) == 2 and "n_unstable" in record:
            self._range(str(record["key"]), values, at.run)
        several = isinstance(values, list) and len(self.compared) == len(values)
        for i, value in enumerate(values if isinstance(values, list) else []):
            self._setting(str(record["key"]), value, self.compared[i] if several else at.run)

    def _range(self, key: str, ends: Sequence[Json], run: str) -> None:
        """The range of values that some runs of a sweep had."""
        group, unit = new_group(), measure_of(key)
        self.into.facts += (
            Fact(float(end), "setting", run, key, "end", group, unit=unit)
            for end in ends
            if isinstance(end, int | float)
        )

    def _summaries(self, summaries: Json, at: Place) -> None:
        for run, summary in zip(self.compared, summaries if isinstance(summaries, list) else [], strict=False):
            if isinstance(summary, dict):
                self.record(summary, Place(run, at.topic, at.axis, axes=at.axes))

    def _table(self, table: Mapping[str, Json]) -> None:
        """Each row is about its own run; what its columns are called says what they hold, as far as it goes."""
        columns, rows = table["columns"], table["rows"]
        if not isinstance(columns, list) or not isinstance(rows, list):
            return
        sql = str(table.get("sql", ""))
        names = [SUM if column == "total" and sums_up(sql) else str(column) for column in columns]
        records = [dict(zip(names, row, strict=True)) for row in rows if isinstance(row, list)]
        for record in records:
            at = self._inside(record, Place(axis="step"))
            groups: dict[str, int] = defaultdict(new_group)
            for key, value in record.items():
                is_setting = key.lower() == "value" or (key.lower() == "number" and isinstance(value, float))
                if key.lower() in {"run", "name", "number"} and "run" in record and not is_setting:
                    continue
                if is_setting and "key" in record:
                    self._setting(str(record["key"]), value, at.run)
                elif key.lower() == "vals" and "keys" in record:
                    self._listed_settings(record, at)
                else:
                    self._field("value" if is_setting else key, value, at, groups)
        noun = (
            "run" if "run" in columns else "metric" if "metric" in columns else "setting" if "key" in columns else "row"
        )
        self.lists_all = noun == "run" and not is_judging(sql)
        self._count("rows", records, "", noun)
        self.into.counts += counts_of(sql, records)

    def _listed_settings(self, record: Mapping[str, Json], at: Place) -> None:
        """Keys and values that a query gathered in one row."""
        for key, value in zip(as_list(record["keys"]), as_list(record["vals"]), strict=False):
            self._setting(str(key), value, at.run)

    def _count(self, key: str, items: Sequence[Json], run: str, noun: str = "") -> None:
        """How many there are, and how many share a word: four of twelve runs are faulty."""
        noun = (
            noun
            or _THINGS.get(key)
            or (
                "run"
                if key not in _OF_RUNS and any(isinstance(one, dict) and "run" in one for one in items)
                else key.rstrip("s")
            )
        )
        if noun == "metric":
            items = [one for one in items if not (isinstance(one, dict) and one.get("role") == "epoch")]
            measured = [one for one in items if not (isinstance(one, dict) and one.get("role") in _PROGRESS)]
            self.into.counts.append(Count(float(len(measured)), noun, run))
        distinct = {run_of(one) for one in items} - {""} if noun == "run" else set()
        self.into.counts.append(Count(float(len(distinct) or len(items)), noun, run, is_all=self.lists_all))
        if noun == "difference":
            telling = [one for one in items if not (isinstance(one, dict) and one.get("incidental"))]
            self.into.counts.append(Count(float(len(telling)), noun, run))
        groups = Counter(words for item in items for words in set(labels(item, depth=3)))
        self.into.counts += (Count(float(number), noun, run, words) for words, number in groups.items())
