"""Ways in which scripts and frameworks print, held against what a reader of the text would note down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.discovery import discover, read_run_files
from tools.records import Points, SkippedLine

Series = dict[str, list[tuple[float | None, float | None, float]]]
NO = None

VARIANTS: dict[str, tuple[str, str, Series]] = {
    "classifier tutorial": (
        "a.log",
        "[1,  2000] loss: 2.170\n[1,  4000] loss: 1.860\n[2,  2000] loss: 1.2\n",
        {"loss": [(2000, 1, 2.17), (4000, 1, 1.86), (6000, 2, 1.2)]},
    ),
    "quickstart tutorial": (
        "a.log",
        "Epoch 1\n-----\nloss: 2.3  [   64/600]\nloss: 2.2  [  320/600]\n"
        "Test Error: \n Accuracy: 50.9%, Avg loss: 2.15 \n\n"
        "Epoch 2\n-----\nloss: 2.1  [   64/600]\n",
        {
            "loss": [(64, 1, 2.3), (320, 1, 2.2), (664, 2, 2.1)],
            "test/Accuracy": [(320, 1, 50.9)],
            "test/Avg loss": [(320, 1, 2.15)],
        },
    ),
    "transfer tutorial": (
        "a.log",
        "Epoch 0/1\n-----\ntrain Loss: 0.58 Acc: 0.71\nval Loss: 0.24 Acc: 0.90\n\n"
        "Epoch 1/1\n-----\ntrain Loss: 0.48 Acc: 0.78\nval Loss: 0.22 Acc: 0.91\n",
        {
            "train Loss": [(NO, 0, 0.58), (NO, 1, 0.48)],
            "Acc": [(NO, 0, 0.71), (NO, 1, 0.78)],
            "val Loss": [(NO, 0, 0.24), (NO, 1, 0.22)],
            "val Acc": [(NO, 0, 0.9), (NO, 1, 0.91)],
        },
    ),
    "an evaluation an epoch between the steps": (
        "a.log",
        "".join(
            f"step {epoch}00 loss 0.5\nstep {epoch}50 loss 0.4\nepoch {epoch} val_loss 0.3\n" for epoch in (1, 2, 3)
        ),
        {
            "loss": [(step, NO, 0.4 if step % 100 else 0.5) for step in (100, 150, 200, 250, 300, 350)],
            "val_loss": [(NO, epoch, 0.3) for epoch in (1, 2, 3)],
        },
    ),
    "CleanRL prints an array of one": (
        "a.log",
        "global_step=104, episodic_return=[23.]\nSPS: 2345\nglobal_step=204, episodic_return=[33.]\nSPS: 2445\n",
        {"episodic_return": [(104, NO, 23), (204, NO, 33)], "SPS": [(104, NO, 2345), (204, NO, 2445)]},
    ),
    "decimal commas of three digits": (
        "a.csv",
        "epoch;loss;val_loss\n0;0,693;0,700\n1;0,593;0,650\n",
        {"loss": [(NO, 0, 0.693), (NO, 1, 0.593)], "val_loss": [(NO, 0, 0.7), (NO, 1, 0.65)]},
    ),
    "table without a header": (
        "a.tsv",
        "0\t2.30\t0.1\n100\t2.10\t0.2\n200\t1.90\t0.3\n",
        {
            "column_1": [(0, NO, 2.3), (100, NO, 2.1), (200, NO, 1.9)],
            "column_2": [(0, NO, 0.1), (100, NO, 0.2), (200, NO, 0.3)],
        },
    ),
    "LightGBM says the best round again": (
        "a.log",
        "[1]\tvalid_1's l2: 0.62\n[2]\tvalid_1's l2: 0.52\nEarly stopping, best iteration is:\n"
        "[2]\tvalid_1's l2: 0.52\n",
        {"valid_1's l2": [(1, NO, 0.62), (2, NO, 0.52)]},
    ),
    "LightGBM says the best round, which it had not printed": (
        "a.log",
        "[10]\tvalid_1's l2: 0.62\n[20]\tvalid_1's l2: 0.53\nEarly stopping, best iteration is:\n"
        "[17]\tvalid_1's l2: 0.52\n",
        {"valid_1's l2": [(10, NO, 0.62), (20, NO, 0.53), (17, NO, 0.52)]},
    ),
    "gradient boosting out of bag": (
        "a.log",
        "      Iter       Train Loss      OOB Improve   Remaining Time \n"
        "         1           1.2613           0.0501            1.23s\n"
        "       100           0.5613           0.0001            1.50m\n",
        {"Train Loss": [(1, NO, 1.2613), (100, NO, 0.5613)], "OOB Improve": [(1, NO, 0.0501), (100, NO, 0.0001)]},
    ),
    "DETR's averages over the test set": (
        "a.log",
        "Epoch: [0]  [  0/90]  eta: 5:00:25  lr: 0.1  loss: 38.5 (38.5)  time: 2.4  data: 0.9  max mem: 2547\n"
        "Epoch: [0]  [ 89/90]  eta: 0:00:00  lr: 0.1  loss: 30.5 (34.5)  time: 2.4  data: 0.9  max mem: 2547\n"
        "Epoch: [0] Total time: 0:58:11 (0.4723 s / it)\nAveraged stats: lr: 0.1  loss: 30.5 (34.5)\n"
        "Test:  [  0/25]  eta: 0:30:00  loss: 18.1 (18.1)  time: 0.7  data: 0.5  max mem: 3547\n"
        "Test: Total time: 0:08:00 (0.19 s / it)\nAveraged stats: loss: 17.9 (18.01)\n",
        {"lr": [(0, 0, 0.1), (89, 0, 0.1)], "loss": [(0, 0, 38.5), (89, 0, 30.5)], "test/loss": [(89, 0, 18.01)]},
    ),
}


def known(number: float) -> float | None:
    return None if number != number else number


TWO_SPLITS = (("train", 1.0), ("val", 3.0))


def series_of(path: Path) -> dict[str, Series]:
    found: dict[str, Series] = {}
    for run in discover([path]).runs:
        for part in read_run_files(run):
            if isinstance(part, Points):
                for name, step, epoch, value in zip(part.metric, part.step, part.epoch, part.value, strict=True):
                    series = found.setdefault(part.run, {}).setdefault(part.names[name], [])
                    series.append((known(step), known(epoch), float(value)))
    return found


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda name: name.replace(" ", "-"))
def test_a_variant_is_read_as_it_is_meant(variant: str, tmp_path: Path) -> None:
    name, text, expected = VARIANTS[variant]
    path = tmp_path / name
    path.write_text(text)
    assert series_of(path) == {"": expected}


def test_lists_of_records_are_told_apart_by_the_split_in_their_key(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    kept = {f"{split}_metrics": [{"epoch": e, "mse": e * scale} for e in (1, 2)] for split, scale in TWO_SPLITS}
    path.write_text(json.dumps({"train_loss": [0.5, 0.4], **kept}))
    series = series_of(path)[""]
    assert series["mse"] == [(None, 1, 1.0), (None, 2, 2.0)]
    assert series["val/mse"] == [(None, 1, 3.0), (None, 2, 6.0)]


def test_the_row_numbers_of_a_data_frame_are_no_metric(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(",train_loss,val_loss\n0,0.5,0.6\n1,0.4,0.5\n")
    assert set(series_of(path)[""]) == {"train_loss", "val_loss"}


def test_a_printed_data_frame_has_its_row_numbers_in_front(tmp_path: Path) -> None:
    path = tmp_path / "history.txt"
    path.write_text("   epoch  train_loss  val_loss\n0      1         0.5       0.6\n1      2         0.4       0.5\n")
    assert series_of(path)[""] == {
        "train_loss": [(None, 1, 0.5), (None, 2, 0.4)],
        "val_loss": [(None, 1, 0.6), (None, 2, 0.5)],
    }


def test_a_table_that_is_cut_off_within_quotes_says_so(tmp_path: Path) -> None:
    path = tmp_path / "progress.csv"
    path.write_text('step,loss,note\n0,0.5,"a, b"\n1,0.4,"unfin')
    (run,) = discover([path]).runs
    (cut,) = [part for part in read_run_files(run) if isinstance(part, SkippedLine)]
    assert "quotes" in cut.reason
    assert series_of(path)[""]["loss"] == [(0, None, 0.5), (1, None, 0.4)]
