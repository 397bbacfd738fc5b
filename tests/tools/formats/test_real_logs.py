"""Every real log whose format we read gives the counts, values and steps that its expected.json states."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.discovery import recognise
from tools.errors import ToolError
from tools.formats import Source
from tools.records import Points

SHARED = Path(__file__).parents[4] / "shared" / "real-logs"
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the real logs are not beside this checkout")

ALIASES: dict[str, dict[str, str]] = {"deepspeed": {"ppl(dict)": "ppl"}}
"""Names under which a figure of expected.json is found, where it gave the metric a name that the log does not."""

WANDB = (
    "06_wandb_old_offline_pmdnt7a3_2.4MB",
    "07_wandb_leet_nan_inf_edge",
    "10_olmo_1B_100steps_f20mxrmk",
    "12_olmo_20M_ou4113tj_truncated",
)

EXCEPTIONS: dict[tuple[str, str, str], str] = {
    **{(f"wandb_binary/{name}.wandb", "_step", "missing"): "the axis itself is no metric" for name in WANDB},
    **{
        (
            "jsonl/01_pg_autoresearch_history.jsonl",
            "*",
            figure,
        ): "rows that are trials: we count a metric's own points"
        for figure in ("first_step", "last_step", "min_step", "max_step")
    },
    **{
        (
            "stylegan/03_metric-fid50k_full.jsonl",
            "*",
            figure,
        ): "counted by row; the file names the snapshot"
        for figure in ("last_step", "min_step", "max_step")
    },
}
"""(path, metric, figure) that we do not match, with the reason."""

NOT_READ = {
    "stylegan/04_training_options.json": "settings",
    "spinningup/04_vanilla_ac_lunar_s0_config.json": "settings",
    "sb3/12_acrobot_config.yml": "settings",
    "sacred/03_run73/cout.txt": "empty",
    "wandb_run_dir/10_wandb_offline_g9dvvkua_config.yaml": "settings",
}


def _rows() -> list[dict[str, Any]]:
    return json.loads((SHARED / "expected.json").read_text()) if SHARED.exists() else []


class Series:
    """All points of a metric over the runs of a file, in the order of writing."""

    def __init__(self) -> None:
        self.step: list[float] = []
        self.epoch: list[float] = []
        self.value: list[float] = []

    def position(self, index: int, row: bool) -> float:
        if row:
            return float(index)
        return self.step[index] if not math.isnan(self.step[index]) else self.epoch[index]


def read(path: Path) -> dict[str, Series]:
    found = recognise(path)
    assert found is not None, f"no format claims {path}"
    series: dict[str, Series] = defaultdict(Series)
    try:
        for part in found[0].parse(Source(path)):
            if isinstance(part, Points):
                for index, name in enumerate(part.names):
                    mine = part.metric == index
                    series[name].step.extend(part.step[mine])
                    series[name].epoch.extend(part.epoch[mine])
                    series[name].value.extend(part.value[mine])
    except ToolError:
        pass
    return series


def same(ours: float, theirs: Any) -> bool:
    if isinstance(theirs, str | list) or theirs is None:
        return True
    return bool(np.isclose(ours, theirs, rtol=1e-9, atol=0, equal_nan=True))


def differences(series: Series, expected: dict[str, Any]) -> list[str]:
    values = np.array(series.value)
    finite = np.flatnonzero(np.isfinite(values))
    bare = all(map(math.isnan, series.step)) and all(map(math.isnan, series.epoch))
    at = {"first": 0, "last": len(values) - 1}
    if len(finite):
        at |= {"min": int(finite[values[finite].argmin()]), "max": int(finite[values[finite].argmax()])}
    ours: dict[str, Any] = {"n": len(values), "nonfinite": len(values) - len(finite)}
    for name, index in at.items():
        ours[name] = float(values[index])
        ours[f"{name}_step"] = series.position(index, bare)
        if isinstance(expected.get(f"{name}_step"), list) and series.epoch[index] != expected[f"{name}_step"][0]:
            ours[name] = math.inf
    wanted = {key: expected[key] for key in expected if key in ours}
    return [f"{key}: {ours[key]} instead of {wanted[key]}" for key in wanted if not same(ours[key], wanted[key])]


def excepted(path: str, metric: str, figure: str) -> bool:
    return (path, metric, figure) in EXCEPTIONS or (path, "*", figure) in EXCEPTIONS


def _match(series: dict[str, Series], name: str, path: str) -> Series | None:
    if name in series:
        return series[name]
    alias = ALIASES.get(path.split("/")[0], {}).get(name)
    if alias in series:
        return series[alias]
    plain = {"".join(filter(str.isalnum, key.lower())): key for key in series}
    key = plain.get("".join(filter(str.isalnum, name.lower())))
    return series[key] if key is not None else None


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row["path"])
def test_a_real_log_gives_the_figures_of_its_expectation(row: dict[str, Any]) -> None:
    if row["path"] in NOT_READ:
        pytest.skip(NOT_READ[row["path"]])
    expected = row.get("full") or row["expected"]
    metrics = expected.get("metrics", {}) if isinstance(expected, dict) else {}
    series = read(SHARED / row["path"])
    wrong = []
    for name, figures in metrics.items():
        if ("kind" in figures and "object()" in figures["kind"]) or figures.get("last", 0) is None:
            continue
        ours = _match(series, name, row["path"])
        found = (
            [f"{name} missing: nothing"] if ours is None else [f"{name} {text}" for text in differences(ours, figures)]
        )
        wrong += [text for text in found if not excepted(row["path"], name, text.rpartition(": ")[0].split(" ")[-1])]
    assert not wrong
    if not metrics and row["format"] not in ("sacred", "ipynb", "hf_trainer", "allennlp", "wandb_run_dir", "sb3"):
        assert not series, f"no metric was expected, but these were read: {list(series)[:5]}"
