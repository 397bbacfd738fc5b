"""The runs of a report held against a baseline: another path, or one of the runs themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.phrases import number, one_line, shortened
from agent.report import Report, RunReport
from tools.baseline import Against, Side, against
from tools.compare import headline
from tools.counterfactual import same_metric
from tools.store import Store


def held_against(report: Report, store: Store, baseline: Report, baseline_store: Store) -> Report:
    """Each run with what is new, gone and worse. A baseline run of the same name is its baseline, else all of them are;
    a run is not held against itself."""
    sides = [(one.run.path, _side(baseline_store, one)) for one in baseline.runs]
    runs = []
    for one in report.runs:
        others = [side for path, side in sides if path != one.run.path]
        named = [side for side in others if side.name == one.run.name]
        chosen = named or others
        runs.append(replace(one, against=against(_side(store, one), chosen)) if chosen else one)
    return replace(report, runs=tuple(runs))


def _side(store: Store, one: RunReport) -> Side:
    shown = headline(one.metrics)
    metric = same_metric(shown, one.metrics) if shown else None
    curve = store.load(one.run.run).series.get(metric.name) if metric else None
    return Side(one.run.name, one.diagnosis, one.metrics, curve)


def against_words(found: Against) -> str:
    """ "Against run-3: new nan_loss; gone plateau; val_loss 0.52, 0.41 before: worse beyond noise (0.03)."."""
    parts = [f"new {shortened(found.new)}" if found.new else "nothing new"]
    parts += [f"gone {shortened(found.gone)}"] if found.gone else []
    if found.before is not None:
        now = "nothing finite" if found.now is None else number(found.now)
        verdict = (
            "worse beyond noise" if found.regressed else "better beyond noise" if found.improved else "within noise"
        )
        values = f"{found.metric} {now}, {number(found.before)} before"
        parts.append(f"{values}: {verdict} ({number(float(f'{found.tolerance:.2g}'))})")
    return one_line(f"Against {shortened(found.baseline)}: {'; '.join(parts)}.")


def words_of_all(runs: Sequence[RunReport]) -> list[tuple[str, str]]:
    """Run and sentence for each that is held against something, those with news first."""
    held = [(one.run.name, one.against) for one in runs if one.against is not None]
    held.sort(key=lambda pair: not (pair[1].new or pair[1].regressed))
    return [(name, against_words(found)) for name, found in held]
