"""Ways to print that no framework owns: a line or block of each, and the series that a reader would note down."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.formats.test_variants import Series, series_of
from tools.discovery import discover, read_run_files
from tools.records import Param, SkippedLine

TIMES = (1, 2, 3)

GAN = {"Loss_D": "1.", "Loss_G": "5.", "D(x)": "0.5", "D(G(z))": "0.6"}

STYLES: dict[str, tuple[str, dict[str, str]]] = {
    "brackets": ("Epoch [{e}/9], Step [{e}00/600], Loss: 0.1{e}", {"Loss": "{e}00 {e} 0.1{e}"}),
    "two splits in a line": (
        "[Epoch {e}] train: loss=0.{e}3 acc=0.9{e} | valid: loss=0.4{e} acc=0.8{e}",
        {
            "train/loss": "- {e} 0.{e}3",
            "train/acc": "- {e} 0.9{e}",
            "valid/loss": "- {e} 0.4{e}",
            "valid/acc": "- {e} 0.8{e}",
        },
    ),
    "two splits in tags": (
        "[INFO] epoch {e}/9 [train] loss=0.{e} [val] loss=0.{e}5",
        {"train/loss": "- {e} 0.{e}", "val/loss": "- {e} 0.{e}5"},
    ),
    "splits that hold for what follows": (
        "epoch {e} train loss 0.{e} acc 0.9{e} | val loss 0.{e}5 acc 0.8{e}",
        {
            "train loss": "- {e} 0.{e}",
            "train/acc": "- {e} 0.9{e}",
            "val loss": "- {e} 0.{e}5",
            "val/acc": "- {e} 0.8{e}",
        },
    ),
    "rows that are held out": (
        "[{e}0/90] xent 0.{e}\n=> holdout @ {e}0: xent 0.{e}5",
        {"xent": "{e}0 - 0.{e}", "holdout/xent": "{e}0 - 0.{e}5"},
    ),
    "nested braces": (
        "step: {e}0 | train: {{loss: 0.{e}}} | eval: {{loss: 0.{e}5}}",
        {"train/loss": "{e}0 - 0.{e}", "eval/loss": "{e}0 - 0.{e}5"},
    ),
    "time per step": (
        "epoch={e} step={e}00 loss=0.1{e} lr=1e-4 (12.3 ms/step)",
        {"loss": "{e}00 {e} 0.1{e}", "lr": "{e}00 {e} 0.0001", "ms/step": "{e}00 {e} 12.3"},
    ),
    "loguru": (
        "2024-01-01 10:00:0{e}.123 | INFO     | __main__:train:45 - step {e}0 | loss 0.{e}",
        {"loss": "{e}0 - 0.{e}"},
    ),
    "rich names the file behind the line": (
        "[10:00:0{e}] INFO     step={e}0 loss=0.{e}             train.py:45",
        {"loss": "{e}0 - 0.{e}"},
    ),
    "JSON behind a logging prefix": (
        '2024-01-01 10:00:0{e} INFO train {{"step": {e}0, "loss": 0.{e}}}',
        {"loss": "{e}0 - 0.{e}"},
    ),
    "MaxText": (
        "completed step: {e}0, seconds: 1.2{e}, Tokens/s/device: 68{e}.5, loss: 10.{e}9",
        {"loss": "{e}0 - 10.{e}9", "Tokens/s/device": "{e}0 - 68{e}.5", "seconds": "{e}0 - 1.2{e}"},
    ),
    "an epoch that is finished": (
        "Finished epoch {e}, train loss: 0.{e}1, val loss: 0.{e}5",
        {"train loss": "- {e} 0.{e}1", "val loss": "- {e} 0.{e}5"},
    ),
    "NeMo": (
        "[NeMo I 2024-05-01 12:00:0{e} nemo_logging:381] Training epoch 0, iteration {e}/999 | lr: 1.5e-05 | "
        "global_step: {e} | reduced_train_loss: 9.{e} | train_step_timing in s: 7.3{e}",
        {"lr": "{e} 0 0.000015", "reduced_train_loss": "{e} 0 9.{e}", "train_step_timing in s": "{e} 0 7.3{e}"},
    ),
    "a step in brackets of the title": (
        "[2024-05-01 12:00:0{e},123] [Rank 0] [INFO] fairseq2.recipes.trainer: Train Metrics (step {e}0) - "
        "NLL Loss: 2.{e} | Gradient Norm: 1.{e}",
        {"NLL Loss": "{e}0 - 2.{e}", "Gradient Norm": "{e}0 - 1.{e}"},
    ),
    "the name and the line of a logger": (
        "2024-05-01 12:00:0{e} | INFO     | yolox.core.trainer:270 - epoch: {e}/9, total_loss: 1.{e}, lr: 1.000e-03",
        {"total_loss": "- {e} 1.{e}", "lr": "- {e} 0.001"},
    ),
    "Sockeye": (
        "[INFO:sockeye.training] Epoch[0] Batch [{e}0]\tSpeed: 1200.50 samples/sec 5000.1 tokens/sec "
        "2.1 updates/sec\tperplexity=27.{e}",
        {"perplexity": "{e}0 0 27.{e}", "Speed": "{e}0 0 1200.5"},
    ),
    "a dict of splits under a heading": (
        "=== epoch {e} ===\n{{'train': {{'loss': 0.{e}1, 'acc': 0.9{e}}}, 'val': {{'loss': 0.{e}5, 'acc': 0.8{e}}}}}",
        {
            "train/loss": "- {e} 0.{e}1",
            "train/acc": "- {e} 0.9{e}",
            "val/loss": "- {e} 0.{e}5",
            "val/acc": "- {e} 0.8{e}",
        },
    ),
    "tabs behind the colons": (
        "Epoch {e} of 9 took 1.250s\n  training loss:\t\t0.{e}1\n  validation accuracy:\t\t9{e}.00 %",
        {"training loss": "- {e} 0.{e}1", "validation accuracy": "- {e} 9{e}"},
    ),
    "the rate in a progress bar": (
        "Steps:  1%|#   | {e}/500 [00:01<08:20,  1.00it/s, lr=1e-05, step_loss=0.07{e}]",
        {"lr": "{e} - 0.00001", "step_loss": "{e} - 0.07{e}"},
    ),
    "a block of lines": (
        "Epoch: {e}\n  train_loss: 0.{e}\n  accuracy: 9{e}%\n",
        {"train_loss": "- {e} 0.{e}", "accuracy": "- {e} 9{e}"},
    ),
    "Chinese": ("轮次: {e}/9，训练损失：0.{e}，准确率：9{e}.5%", {"训练损失": "- {e} 0.{e}", "准确率": "- {e} 9{e}.5"}),
    "German": (
        "Epoche {e}/9: Verlust 0.{e}, Val-Verlust 0.{e}5",
        {"Verlust": "- {e} 0.{e}", "Val-Verlust": "- {e} 0.{e}5"},
    ),
    "French": (
        "Époque {e}/9 - perte: 0.{e} - perte_val: 0.{e}5",
        {"perte": "- {e} 0.{e}", "perte_val": "- {e} 0.{e}5"},
    ),
    "emojis": (
        "🚀 Epoch {e}/9 ✨ loss: 0.{e} 📉 val_loss: 0.{e}5",
        {"loss": "- {e} 0.{e}", "val_loss": "- {e} 0.{e}5"},
    ),
    "logfmt": (
        "level=info ts=2024-01-01T10:00:0{e}Z msg=train step={e}0 loss=0.{e}\n"
        "level=info ts=2024-01-01T10:00:0{e}Z msg=eval step={e}0 loss=0.{e}5",
        {"loss": "{e}0 - 0.{e}", "eval/loss": "{e}0 - 0.{e}5"},
    ),
    "structlog": (
        "2024-01-01 10:00:0{e} [info     ] actor_update            loss=0.{e} step={e}0\n"
        "2024-01-01 10:00:0{e} [info     ] critic_update           loss=5.{e} step={e}0",
        {"loss": "{e}0 - 0.{e}", "critic_update/loss": "{e}0 - 5.{e}"},
    ),
    "JSON lines of two events": (
        '{{"event": "train", "step": {e}0, "loss": 0.{e}}}\n{{"event": "eval", "step": {e}0, "loss": 0.{e}5}}',
        {"loss": "{e}0 - 0.{e}", "eval/loss": "{e}0 - 0.{e}5"},
    ),
    "GAN tutorial": (
        "[{e}/25][{e}5/1583]\tLoss_D: 1.{e}\tLoss_G: 5.{e}\tD(x): 0.5{e}\tD(G(z)): 0.6{e} / 0.01",
        {name: f"{{e}}5 {{e}} {value}{{e}}" for name, value in GAN.items()},
    ),
    "a counter in brackets": (
        "[{e}/9] loss_D: 0.{e} loss_G: 1.{e}",
        {"loss_D": "{e} - 0.{e}", "loss_G": "{e} - 1.{e}"},
    ),
    "episodes": (
        "Episode {e}0\tAverage Score: {e}.50\tEpsilon: 0.9{e}",
        {"Average Score": "- {e}0 {e}.5", "Epsilon": "- {e}0 0.9{e}"},
    ),
    "batches behind the number": (
        "| epoch   1 |   {e}00/ 2983 batches | lr 5.00 | loss  6.{e}0 | ppl   500.1{e}",
        {"lr": "{e}00 1 5", "loss": "{e}00 1 6.{e}", "ppl": "{e}00 1 500.1{e}"},
    ),
    "a batch is a step": (
        "Epoch: 1 Batch: {e}00 Loss: 0.{e} LR: 1e-3",
        {"Loss": "{e}00 1 0.{e}", "LR": "{e}00 1 0.001"},
    ),
    "the position inside a sentence": ("Loss after epoch {e}: 0.{e}", {"Loss": "- {e} 0.{e}"}),
    "the position of a custom loop": (
        "Training loss (for 1 batch) at step {e}00: 0.{e}",
        {"Training loss": "{e}00 - 0.{e}"},
    ),
    "the position last": ("loss: 0.{e} (step {e}00)", {"loss": "{e}00 - 0.{e}"}),
    "a dict behind the position": (
        "Step {e}: {{'loss': 0.{e}, 'acc': 0.9{e}}}",
        {"loss": "{e} - 0.{e}", "acc": "{e} - 0.9{e}"},
    ),
    "numbers still in their arrays": (
        "Epoch {e}, loss: tensor(0.{e}, device='cuda:0', grad_fn=<NllLossBackward0>), acc: tensor(0.9{e})",
        {"loss": "- {e} 0.{e}", "acc": "- {e} 0.9{e}"},
    ),
    "a dict of arrays": (
        "{{'epoch': {e}, 'train_loss': np.float64(0.{e}), 'val_loss': Array(0.{e}5, dtype=float32)}}",
        {"train_loss": "- {e} 0.{e}", "val_loss": "- {e} 0.{e}5"},
    ),
    "a table an epoch": (
        "+-------+--------+\n| epoch | loss   |\n+-------+--------+\n|     {e} | 0.{e}000 |\n+-------+--------+",
        {"loss": "- {e} 0.{e}"},
    ),
    "parts in brackets": (
        "ep {e} it {e}00 loss_total 0.{e} (cls 0.1{e}, box 0.2{e})",
        {"loss_total": "{e}00 {e} 0.{e}", "cls": "{e}00 {e} 0.1{e}", "box": "{e}00 {e} 0.2{e}"},
    ),
    "means in brackets": (
        "epoch {e} | loss: 0.{e}00 (avg 0.{e}50) | acc: 0.9{e} (avg 0.8{e})",
        {"loss": "- {e} 0.{e}", "acc": "- {e} 0.9{e}"},
    ),
    "a rate without a name": (
        "Step {e},000/30,000  loss 0.{e}  1,234.5 tok/s  ETA 1h 02m",
        {"loss": "{e}000 - 0.{e}", "tok/s": "{e}000 - 1234.5"},
    ),
    "a heading in capitals": (
        "=== EPOCH {e} ===\nTRAIN loss=0.{e}\nVALID loss=0.{e}5",
        {"loss": "- {e} 0.{e}", "valid/loss": "- {e} 0.{e}5"},
    ),
    "over the epoch": (
        "epoch {e} loss 0.{e}\nTraining acc over epoch: 0.8{e}",
        {"loss": "- {e} 0.{e}", "Training acc over epoch": "- {e} 0.8{e}"},
    ),
    "double bars and arrows": (
        "epoch:0 || iter:{e}0 || Loss:2.{e}\n->> pal1 conf loss:1.{e} || pal1 loc loss:0.{e}\n->>lr:0.0005",
        {
            "Loss": "{e}0 0 2.{e}",
            "pal1 conf loss": "{e}0 0 1.{e}",
            "pal1 loc loss": "{e}0 0 0.{e}",
            "lr": "{e}0 0 0.0005",
        },
    ),
    "each name in its brackets": (
        "[Epoch {e}/9] [Batch {e}5/400] [D loss: -0.{e}] [G loss: 1.{e}]",
        {"D loss": "{e}5 {e} -0.{e}", "G loss": "{e}5 {e} 1.{e}"},
    ),
    "a counter in parentheses": ("===> Epoch[{e}]({e}00/1483): Loss: 1.{e}", {"Loss": "{e}00 {e} 1.{e}"}),
    "places in parentheses": (
        "(epoch: {e}, iters: {e}00, time: 0.1, data: 0.2) G_GAN: 1.{e} D_real: 0.{e}",
        {
            name: f"{{e}}00 {{e}} {v}"
            for name, v in (("time", "0.1"), ("data", "0.2"), ("G_GAN", "1.{e}"), ("D_real", "0.{e}"))
        },
    ),
    "blocks below a label": (
        "[TRAIN] epoch {e}:\n        loss: 0.{e}\n[VALID] epoch {e}:\n        loss: 0.{e}5\n        accuracy: 9{e} %",
        {"loss": "- {e} 0.{e}", "valid/loss": "- {e} 0.{e}5", "valid/accuracy": "- {e} 9{e}"},
    ),
    "a line that goes on below its label": (
        "Epoch {e}/9\n  [Train] Loss: 0.{e}\n  [Test ] MSE: 0.{e}1 | MAE: 0.{e}5\n          Pearson: 0.9{e}",
        {"Loss": "- {e} 0.{e}", "test/MSE": "- {e} 0.{e}1", "test/MAE": "- {e} 0.{e}5", "test/Pearson": "- {e} 0.9{e}"},
    ),
    "one split for the rest of a line": (
        "epoch {e} | loss 0.{e} | err 0.3{e}\n| end of epoch {e} | time: 5.0s | valid loss 0.{e}5 | err 0.2{e}",
        {
            "loss": "- {e} 0.{e}",
            "err": "- {e} 0.3{e}",
            "time": "- {e} 5.0",
            "valid loss": "- {e} 0.{e}5",
            "valid err": "- {e} 0.2{e}",
        },
    ),
    "evaluated in the words of the training": (
        "epoch: {e},  loss is: 0.{e}\ntesting in eval mode……\nepoch: {e},  loss is: 0.{e}5\nNow continue training……",
        {"loss": "- {e} 0.{e}", "eval/loss": "- {e} 0.{e}5"},
    ),
    "a heading that says more": (
        "-- Episode   {e}/9 | task: task1-hard --\n  [TRAIN] Loss: 0.{e} | KL: 0.0{e} | GradNorm: 1.{e}",
        {"Loss": "- {e} 0.{e}", "KL": "- {e} 0.0{e}", "GradNorm": "- {e} 1.{e}"},
    ),
    "a sum over episodes stands nowhere": (
        "Episode {e} | Reward: 1{e}.0\n  *** Episodes 1-{e} | Reward: 99.0 ***",
        {"Reward": "- {e} 1{e}"},
    ),
    "splits in short": (
        "Epoch: {e}, Steps: 131 | Train Loss: 0.{e} Vali Loss: 0.{e}5 Test Loss: 0.{e}7",
        {"Steps": "- {e} 131", "Train Loss": "- {e} 0.{e}", "Vali Loss": "- {e} 0.{e}5", "Test Loss": "- {e} 0.{e}7"},
    ),
    "results below their heading": (
        "2023-05-15 14:39:5{e}.025 | INFO     | engine.trainer:validate:137 - Validation Results - Epoch: {e}\n"
        "2023-05-15 14:39:5{e}.048 | INFO     | engine.trainer:validate:140 - mAP:7{e}.1%\n"
        "2023-05-15 14:39:5{e}.051 | INFO     | engine.trainer:validate:142 - CMC curve, Rank-1  :9{e}.7%",
        {"validation/mAP": "- {e} 7{e}.1", "validation/Rank-1": "- {e} 9{e}.7"},
    ),
    "what was saved was told before": (
        "Epoch {e}: val loss 0.{e}\nModel saved with val loss: 0.{e}",
        {"val loss": "- {e} 0.{e}"},
    ),
    "a logger's name first": (
        "scGPT - INFO - | epoch {e} | {e}00/228 batches | lr 0.0001 | loss 0.{e} |",
        {"lr": "{e}00 {e} 0.0001", "loss": "{e}00 {e} 0.{e}"},
    ),
    "a hash and a number": ("#{e} loss=0.{e} val=0.{e}5", {"loss": "{e} - 0.{e}", "val": "{e} - 0.{e}5"}),
}


def series(expected: dict[str, str]) -> dict[str, Series]:
    found: Series = {}
    for name, where in expected.items():
        cells = [where.format(e=e).split() for e in TIMES]
        found[name] = [(None if s == "-" else float(s), None if e == "-" else float(e), float(v)) for s, e, v in cells]
    return {"": found}


@pytest.mark.parametrize("style", STYLES, ids=lambda name: name.replace(" ", "-"))
def test_a_way_to_print_is_read_as_it_is_meant(style: str, tmp_path: Path) -> None:
    line, expected = STYLES[style]
    path = tmp_path / "a.log"
    path.write_text("".join(line.format(e=e) + "\n" for e in TIMES))
    assert series_of(path) == series(expected)


def test_a_rule_under_the_head_of_a_table_is_no_lost_row(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("| Epoch | Val Loss |\n|-------|----------|\n| 1 | 0.5 |\n| 2 | 0.25 |\n")
    (run,) = discover([path]).runs
    assert not [part for part in read_run_files(run) if isinstance(part, SkippedLine)]
    assert series_of(path) == {"": {"Val Loss": [(None, 1, 0.5), (None, 2, 0.25)]}}


def test_ranks_that_print_without_a_label_keep_all_their_points_in_one_run(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    late = [0, 0, 1, 0, 1, 2, 1, 3, 2, 3, 2, 3]
    path.write_text("".join(f"step {step} | loss {step}.{at:02d}\n" for at, step in enumerate(late)))
    assert series_of(path) == {"": {"loss": [(step, None, step + at / 100) for at, step in enumerate(late)]}}


def test_counters_of_batches_go_on_where_a_log_begins_within_an_epoch(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    late = [f"| epoch 4 | {batch}/ 8313 batches | accuracy 0.9" for batch in (7000, 7500, 8000)]
    path.write_text("\n".join([*late, *(f"| epoch 5 | {batch}/ 8313 batches | accuracy 0.9" for batch in (500, 1000))]))
    (steps,) = [[at for at, _, _ in points] for points in series_of(path)[""].values()]
    assert steps == [7000, 7500, 8000, 8500, 9000]


def test_a_heading_with_the_rate_of_an_epoch_begins_no_run(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    epochs = [
        f"Epoch = {epoch}, lr = 0.001\n"
        + "".join(f"===> Epoch[{epoch}]({at}00/400): Loss: 1.{at}\n" for at in range(1, 4))
        for epoch in (1, 2)
    ]
    path.write_text("".join(epochs))
    assert [at for at, _, _ in series_of(path)[""]["Loss"]] == [100, 200, 300, 400, 500, 600]


def test_an_experiment_after_another_in_one_file_is_a_run_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    first = [f"\titers: 100, epoch: {e} | loss: 0.{e}\nEpoch: {e}, Steps: 131 | Train Loss: 0.{e}" for e in TIMES]
    second = ["Namespace(lr=0.5, d_model=8)", *(f"Epoch: {e}, Steps: 19 | Train Loss: 0.{e}5" for e in TIMES)]
    path.write_text("\n".join(["Namespace(lr=0.1, d_model=8)", *first, *second]) + "\n")
    (run,) = discover([path]).runs
    settings = {(part.run, part.key): part.value for part in read_run_files(run) if isinstance(part, Param)}
    assert (settings["", "lr"], settings["2", "lr"]) == (0.1, 0.5)
    runs = series_of(path)
    assert [at for at, _, _ in runs[""]["loss"]] == [100, 200, 300]
    assert runs["2"]["Train Loss"] == [(None, 1, 0.15), (None, 2, 0.25), (None, 3, 0.35)]


def test_settings_that_head_an_experiment_are_those_of_what_comes_next(tmp_path: Path) -> None:
    path = tmp_path / "sweep.log"
    epochs = "".join(f"  epoch {e}: loss {2.5 - e / 2}\n" for e in range(4))
    path.write_text("".join(f"lr={lr} bs=32\n{epochs}" for lr in (0.1, 0.01)))
    (run,) = discover([path]).runs
    parts = list(read_run_files(run))
    settings = [(part.run, part.key, part.value) for part in parts if isinstance(part, Param)]
    assert settings == [("", "lr", 0.1), ("", "bs", 32), ("2", "lr", 0.01), ("2", "bs", 32)]
    assert {name for series in series_of(path).values() for name in series} == {"loss"}


def test_an_alarm_with_a_number_is_no_measurement(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("step 1 loss 0.5\nstep 2 loss 0.4\nFATAL: loss is NaN at step 3\n")
    assert series_of(path) == {"": {"loss": [(1, None, 0.5), (2, None, 0.4)]}}


@pytest.mark.parametrize("filling", [" ", "-", "val ", "[ "], ids=["blanks", "rule", "words", "brackets"])
def test_long_lines_of_nothing_are_passed_at_once(filling: str, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    nothing = f"{filling * 4000}x\n" * 40
    path.write_text(f"step 1 loss 0.5\n{nothing}step 2 loss 0.4\n")
    assert series_of(path) == {"": {"loss": [(1, None, 0.5), (2, None, 0.4)]}}
