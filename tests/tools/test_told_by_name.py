"""Settings that the names of runs tell, and documents that hold several runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.discovery import discover, read_run_files
from tools.discovery.told_by_name import settings_in
from tools.records import LogLine, Param, Part, Points

CSV = "epoch,loss,val_loss\n0,2.5,2.6\n1,1.5,1.7\n2,1.0,1.4\n"
CURVE = {"loss": [2.5, 1.5, 1.0], "val_loss": [2.6, 1.7, 1.4]}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lr0.001_bs16", {"lr": 0.001, "bs": 16}),
        ("lr=0.001,wd=1e-4,opt=adamw", {"lr": 0.001, "wd": 0.0001, "opt": "adamw"}),
        ("opt=adam_lr=0.1", {"opt": "adam", "lr": 0.1}),
        ("model=resnet_50-lr=0.1-bs=32", {"model": "resnet_50", "lr": 0.1, "bs": 32}),
        ("resnet50_lr_3e-4_seed_1", {"lr": 0.0003, "seed": 1}),
        ("2024-05-01/batch-16_drop0.5", {"batch": 16, "drop": 0.5}),
        ("lr=0.1_learning_rate=0.2", {"lr": 0.1}),
        ("gpt2-lr3e4", {}),
        ("run-7", {}),
        ("epoch3", {}),
        ("xlr8", {}),
        ("colr0.5", {}),
    ],
)
def test_a_name_tells_settings(name: str, told: dict[str, object]) -> None:
    assert {one.key: one.value for one in settings_in(name)} == told


def parts(path: Path) -> list[Part]:
    return [part for run in discover([path]).runs for part in read_run_files(run)]


def settings(found: list[Part]) -> list[tuple[str, str, object]]:
    return [(part.run, part.key, part.value) for part in found if isinstance(part, Param)]


def test_the_name_of_a_run_tells_what_its_log_and_its_config_do_not(tmp_path: Path) -> None:
    folder = tmp_path / "lr=0.1,bs=64"
    folder.mkdir()
    (folder / "metrics.csv").write_text(CSV)
    (folder / "config.json").write_text(json.dumps({"learning_rate": 0.01, "depth": 3}))
    found = parts(folder)
    assert settings(found) == [("", "learning_rate", 0.01), ("", "depth", 3), ("", "bs", 64)]
    lines = [part.text for part in found if isinstance(part, LogLine)]
    assert lines == ["The name says lr = 0.1; the run itself says 0.01, and that counts."]


@pytest.mark.parametrize(
    "document",
    [
        {"exp_0": {"config": {"lr": 0.1}, "history": CURVE}, "exp_1": {"config": {"lr": 0.2}, "history": CURVE}},
        {"made": "today", "runs": {f"exp_{n}": {"lr": 0.1 * (n + 1), **CURVE} for n in range(2)}},
        [{"name": f"exp_{n}", "lr": 0.1 * (n + 1), "history": CURVE} for n in range(2)],
        [
            {"run": f"exp_{n}", "lr": 0.1 * (n + 1), "log": [{"epoch": e, "loss": 2.5 - e} for e in range(3)]}
            for n in range(2)
        ],
    ],
)
def test_a_document_of_several_runs_is_several_runs(document: object, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    found = parts(path)
    assert settings(found) == [("exp_0", "lr", 0.1), ("exp_1", "lr", 0.2)]
    points = {(part.run, name): len(part.value) for part in found if isinstance(part, Points) for name in part.names}
    assert {run for run, _ in points} == {"exp_0", "exp_1"}
    assert {name for _, name in points} <= {"loss", "val_loss"}


@pytest.mark.parametrize(
    "document",
    [
        {"train": CURVE, "val": CURVE},
        {"generator": {"loss": [1.0, 2.0]}, "discriminator": {"loss": [1.0, 2.0]}},
        {"loss": {"x": [0, 1], "y": [2.0, 1.0]}, "acc": {"x": [0, 1], "y": [0.1, 0.2]}},
        [{"epoch": n, "loss": 2.5 - n} for n in range(3)],
    ],
)
def test_parts_of_one_run_stay_one_run(document: object, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    assert {part.run for part in parts(path)} == {""}
