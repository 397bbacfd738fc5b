"""A run in few numbers: one line per metric, kept up while points stream by; in SQL only where positions repeat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from tools.records import Floats
from tools.store.views import POINTS_FILE, empty, parquet, quoted

STEP, EPOCH, ROW = 1, 2, 3
"""What the position of a point is; 0 while a series has none."""
AXES = {STEP: "step", EPOCH: "epoch", ROW: "row"}

FIGURES = ("first_step", "last_step", "first", "last", "min", "min_step", "max", "max_step")

Whole = NDArray[np.int64]


class Figures:
    """The figures of many series, each of which comes in pieces, in the order of writing."""

    def __init__(self) -> None:
        self.count = np.zeros(0, dtype=np.int64)
        self.axis = np.zeros(0, dtype=np.int64)
        self.non_finite = np.zeros(0, dtype=np.int64)
        self.figures = {name: np.zeros(0) for name in FIGURES}
        self.last_logged_step, self.first_time, self.last_time = np.zeros(0), np.zeros(0), np.zeros(0)
        self.unordered: set[int] = set()
        """Series whose positions do not strictly rise, or change what they count: their figures need another look."""

    def make_room(self, size: int) -> None:
        """Be ready for this many series."""
        more = size - len(self.count)
        if more <= 0:
            return
        more += size
        self.count, self.axis, self.non_finite = (
            np.concatenate([column, np.zeros(more, dtype=np.int64)])
            for column in (self.count, self.axis, self.non_finite)
        )
        blank = np.full(more, np.nan)
        self.figures = {name: np.concatenate([column, blank]) for name, column in self.figures.items()}
        self.last_logged_step, self.first_time, self.last_time = (
            np.concatenate([column, blank]) for column in (self.last_logged_step, self.first_time, self.last_time)
        )

    def add(self, series: NDArray[np.int32], step: Floats, epoch: Floats, wall: Floats, value: Floats) -> Whole:
        """Take in points sorted by series. Returns the running number of each point within its series."""
        starts = np.flatnonzero(np.append(True, series[1:] != series[:-1]))
        lengths = np.diff(np.append(starts, len(series)))
        here = series[starts].astype(np.int64)
        seq = np.arange(len(series))
        seq -= np.repeat(starts - self.count[here], lengths)
        kind, position = _positions(step, epoch, seq)
        self._check_order(series, here, starts, kind, position)
        self._take_ends(here, starts, starts + lengths - 1, position, value)
        self._take_extremes(here, starts, lengths, position, value)
        self.last_logged_step[here] = np.fmax(self.last_logged_step[here], np.fmax.reduceat(step, starts))
        if bool(np.isfinite(wall).any()):
            self.first_time[here] = np.fmin(self.first_time[here], np.fmin.reduceat(wall, starts))
            self.last_time[here] = np.fmax(self.last_time[here], np.fmax.reduceat(wall, starts))
        self.axis[here] = kind[starts]
        self.count[here] += lengths
        return seq

    def _check_order(
        self, series: NDArray[np.int32], here: Whole, starts: Whole, kind: NDArray[np.int8], position: Floats
    ) -> None:
        odd = position[1:] <= position[:-1]
        odd |= kind[1:] != kind[:-1]
        odd &= series[1:] == series[:-1]
        self.unordered.update(series[1:][odd].tolist())
        known = self.axis[here]
        turned = (known != 0) & ((known != kind[starts]) | (position[starts] <= self.figures["last_step"][here]))
        self.unordered.update(here[turned].tolist())

    def _take_ends(self, here: Whole, starts: Whole, ends: Whole, position: Floats, value: Floats) -> None:
        new = self.count[here] == 0
        self.figures["first_step"][here[new]] = position[starts[new]]
        self.figures["first"][here[new]] = value[starts[new]]
        self.figures["last_step"][here] = position[ends]
        self.figures["last"][here] = value[ends]

    def _take_extremes(self, here: Whole, starts: Whole, lengths: Whole, position: Floats, value: Floats) -> None:
        finite = np.isfinite(value)
        self.non_finite[here] += lengths - np.add.reduceat(finite, starts, dtype=np.int64)
        every = bool(finite.all())
        for name, extreme, worst in (("min", np.minimum, np.inf), ("max", np.maximum, -np.inf)):
            known = value if every else np.where(finite, value, worst)
            best = extreme.reduceat(known, starts)
            hits = np.flatnonzero(known == np.repeat(best, lengths))
            place = position[hits[np.searchsorted(hits, starts)]]
            old = self.figures[name][here]
            better = np.isfinite(best) & (extreme(old, best) != old)
            self.figures[name][here[better]] = best[better]
            self.figures[f"{name}_step"][here[better]] = place[better]

    def extent(self, series: Iterable[int]) -> tuple[int | None, float | None, float | None]:
        """Of the run with these series: last step, first and last time in seconds since 1970."""
        chosen = list(series)
        step = _finite(np.fmax.reduce(self.last_logged_step[chosen], initial=np.nan))
        first = _finite(np.fmin.reduce(self.first_time[chosen], initial=np.nan))
        last = _finite(np.fmax.reduce(self.last_time[chosen], initial=np.nan))
        return None if step is None else int(step), first, last


def _positions(step: Floats, epoch: Floats, seq: Whole) -> tuple[NDArray[np.int8], Floats]:
    """Where each point stands, and what that counts."""
    stepped = np.isfinite(step)
    if bool(stepped.all()):
        return np.full(len(step), STEP, dtype=np.int8), step
    kind = np.where(stepped, STEP, np.where(np.isfinite(epoch), EPOCH, ROW)).astype(np.int8)
    return kind, np.choose(kind - 1, [step, epoch, seq.astype(np.float64)])


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


SUPERSEDED = """
create or replace temp table superseded as
with here as (select series, seq, step, epoch from points where series in (select unnest(?::bigint[]))),
placed as (
  select series, seq, case when count(step) over (partition by series) > 0 then step else epoch end as x
  from here
)
select series, seq from placed where x is not null qualify seq < max(seq) over (partition by series, x)
"""

UNORDERED = """
create or replace temp table unordered as
with here as (
  select series, seq, step, epoch, value, repeated from points where series in (select unnest(?::bigint[]))
), axes as (
  select series, case when count(step) > 0 then 'step' when count(epoch) > 0 then 'epoch' else 'row' end as axis
  from here group by series
), placed as (
  select series, seq, value, repeated,
    case axis when 'step' then step when 'epoch' then epoch else seq::double end as x
  from here join axes using (series)
), ends as (
  select series, min(x) as first_step, max(x) as last_step, arg_min(value, x) as first, arg_max(value, x) as last
  from placed where x is not null and not repeated group by series
), bounds as (
  select series, min(value) as low, max(value) as high from placed where isfinite(value) group by series
), extremes as (
  select series, arg_min_null(x, seq) filter (where value = low) as low_step,
    arg_min_null(x, seq) filter (where value = high) as high_step
  from placed join bounds using (series) where value = low or value = high group by series
)
select series, axis, first_step, last_step, first, last, low as min, low_step as min_step, high as max,
  high_step as max_step
from axes left join ends using (series) left join bounds using (series) left join extremes using (series)
"""

SERIES = """
select n.series, n.key, n.metric, n.role, coalesce(u.axis, f.axis) as axis, f.count, f.non_finite, {figures},
  n.role_confidence, n.split, n.goal, n.family
from names n join figures f using (series) left join unordered u using (series) order by n.series
"""


def write_series(con: duckdb.DuckDBPyConnection, folder: Path, first: int, figures: Figures) -> None:
    """Mark repeated points, and turn names-*.parquet into series-0.parquet: each metric with role and figures."""
    con.execute(f"create or replace temp view points as from {_read(folder, 'points')}")
    con.execute(f"create or replace temp view names as from {_read(folder, 'names')}")
    unordered = [first + number for number in figures.unordered]
    _mark_repeats(con, folder, unordered)
    if unordered:
        con.execute(UNORDERED, [unordered])
    else:
        figured = ", ".join(f"{name} DOUBLE" for name in FIGURES)
        con.execute(f"create or replace temp table unordered as {empty(f'series BIGINT, axis VARCHAR, {figured}')}")
    axes = np.array([AXES.get(kind, "row") for kind in range(4)], dtype=object)
    con.register(
        "figures",
        {
            "series": first + np.arange(len(figures.count)),
            "axis": axes[figures.axis],
            "count": figures.count,
            "non_finite": figures.non_finite,
            **figures.figures,
        },
    )
    # DuckDB reads NaN in numpy columns as NULL, which is right but for a first or last value that was logged as NaN.
    columns = ", ".join(
        f"case when u.series is null then {_known(name)} else u.{name} end as {name}" for name in FIGURES
    )
    path = quoted(str(folder / "series-0.parquet"))
    con.execute(f"copy ({SERIES.format(figures=columns)}) to {path} (format parquet, compression zstd)")
    con.unregister("figures")
    for file in folder.glob("names-*.parquet"):
        file.unlink()


def _known(name: str) -> str:
    return f"coalesce(f.{name}, 'nan'::double)" if name in ("first", "last") else f"f.{name}"


def _read(folder: Path, part: str) -> str:
    return parquet([folder / f"{part}-*.parquet"])


def _mark_repeats(con: duckdb.DuckDBPyConnection, folder: Path, unordered: Sequence[int]) -> None:
    """Set `repeated` where a later point of the series has the same position. Rewrites only files with such points."""
    if not unordered:
        return
    con.execute(SUPERSEDED, [list(unordered)])
    for file in sorted(folder.glob("points-*.parquet")):
        here = f"read_parquet({quoted(str(file))})"
        hits = con.execute(f"select 1 from {here} semi join superseded using (series, seq) limit 1").fetchall()
        if hits:
            draft = file.with_suffix(".draft")
            con.execute(
                "copy (select p.* replace ((s.seq is not null) as repeated) "
                f"from {here} p left join superseded s using (series, seq) order by series, seq) "
                f"to {quoted(str(draft))} ({POINTS_FILE})"
            )
            draft.replace(file)
