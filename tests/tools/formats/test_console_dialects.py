"""What is special about the console of a program, beside what its fixture shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.formats.test_variants import NO, Series, series_of
from tools.discovery import recognise

DIALECTS: dict[str, tuple[str, str, Series]] = {
    "SageMaker escapes the tabs of XGBoost": (
        "xgboost",
        "[2024-01-01:10:00:00:INFO] Train matrix has 100 rows\n"
        "[0]#011train-rmse:0.65#011validation-rmse:0.7\n[1]#011train-rmse:0.55#011validation-rmse:0.6\n",
        {"train-rmse": [(0, NO, 0.65), (1, NO, 0.55)], "validation-rmse": [(0, NO, 0.7), (1, NO, 0.6)]},
    ),
    "XGBoost says the best round again": (
        "xgboost",
        "[0]\teval-logloss:0.66\n[1]\teval-logloss:0.58\nStopping. Best iteration:\n[0]\teval-logloss:0.66\n",
        {"eval-logloss": [(0, NO, 0.66), (1, NO, 0.58)]},
    ),
    "LightGBM on the shell": (
        "lightgbm",
        "[LightGBM] [Info] Total Bins 255\n[LightGBM] [Info] Iteration:1, training l2 : 0.5\n"
        "[LightGBM] [Info] 0.01 seconds elapsed, finished iteration 1\n"
        "[LightGBM] [Info] Iteration:2, training l2 : 0.4\n",
        {"training l2": [(1, NO, 0.5), (2, NO, 0.4)]},
    ),
    "dicts that say where they stand in other words": (
        "trl",
        "{'iteration': 4, 'objective/fit': 0.5, 'opt/eta': 0.1}\n"
        "{'iteration': 8, 'objective/fit': 0.4, 'opt/eta': 0.1}\n",
        {"objective/fit": [(4, NO, 0.5), (8, NO, 0.4)], "opt/eta": [(4, NO, 0.1), (8, NO, 0.1)]},
    ),
    "k-means": (
        "sklearn_verbose",
        "Initialization complete\nIteration 0, inertia 1234.5.\nIteration 1, inertia 900.25.\n"
        "Converged at iteration 1: strict convergence.\n",
        {"inertia": [(0, NO, 1234.5), (1, NO, 900.25)]},
    ),
    "saga": (
        "sklearn_verbose",
        "Epoch 1, change: 1.00000000\nEpoch 2, change: 0.50000000\nconvergence after 2 epochs took 0 seconds\n",
        {"change": [(NO, 1, 1), (NO, 2, 0.5)]},
    ),
    "L-BFGS writes its exponents with a D": (
        "sklearn_verbose",
        "At iterate    0    f=  6.93147D-01    |proj g|=  1.50000D+00\n\n"
        "At iterate    1    f=  5.93147D-01    |proj g|=  5.00000D-01\n",
        {"f": [(0, NO, 0.693147), (1, NO, 0.593147)], "|proj g|": [(0, NO, 1.5), (1, NO, 0.5)]},
    ),
    "t-SNE": (
        "sklearn_verbose",
        "[t-SNE] Iteration 50: error = 80.1, gradient norm = 0.45 (50 iterations in 0.1s)\n"
        "[t-SNE] Iteration 100: error = 70.1, gradient norm = 0.25 (50 iterations in 0.1s)\n",
        {"error": [(50, NO, 80.1), (100, NO, 70.1)], "gradient norm": [(50, NO, 0.45), (100, NO, 0.25)]},
    ),
    "timm judges the averaged weights apart": (
        "timm",
        "Train: 0 [   0/100 (  0%)]  Loss: 6.9 (6.9)  LR: 1.0e-03\n"
        "Test: [   9/9]  Time: 0.1 (0.1)  Loss:   5.000 ( 5.100)  Acc@1:  20.000 ( 21.000)\n"
        "Test (EMA): [   9/9]  Time: 0.1 (0.1)  Loss:   6.000 ( 6.100)  Acc@1:  19.000 ( 18.000)\n",
        {
            "Loss": [(0, 0, 6.9)],
            "LR": [(0, 0, 0.001)],
            "test/Loss": [(0, 0, 5.1)],
            "test/Acc@1": [(0, 0, 21)],
            "test_ema/Loss": [(0, 0, 6.1)],
            "test_ema/Acc@1": [(0, 0, 18)],
        },
    ),
    "Keras is silent but for its checkpoints": (
        "keras_console",
        "\nEpoch 1: val_loss improved from inf to 0.91000, saving model to m.keras\n"
        "\nEpoch 2: val_loss did not improve from 0.91000\n"
        "\nEpoch 3: val_loss improved from 0.91000 to 0.80000, saving model to m.keras\n",
        {"best val_loss": [(NO, 1, 0.91), (NO, 2, 0.91), (NO, 3, 0.8)]},
    ),
    "Marian counts the words of a cost": (
        "marian",
        "[2022-07-14 18:24:53] Ep. 1 : Up. 1000 : Sen. 7,079 : Cost 3.75 * 1,234,567 @ 5,678 after 2,345,678 : "
        "Time 50.5s : 3057.13 words/s : gNorm 4.5\n"
        "[2022-07-14 18:25:54] [valid] Ep. 1 : Up. 1000 : cross-entropy : 32.5 : stalled 2 times (last best: 0.6)\n",
        {
            "Cost": [(1000, 1, 3.75)],
            "Time": [(1000, 1, 50.5)],
            "words/s": [(1000, 1, 3057.13)],
            "gNorm": [(1000, 1, 4.5)],
            "valid/cross-entropy": [(1000, 1, 32.5)],
        },
    ),
    "Keras before 2.3": (
        "keras_console",
        "Epoch 1/2\n - 5s - loss: 0.2600 - val_loss: 0.1200\nEpoch 2/2\n - 5s - loss: 0.1600 - val_loss: 0.1000\n",
        {"loss": [(NO, 1, 0.26), (NO, 2, 0.16)], "val_loss": [(NO, 1, 0.12), (NO, 2, 0.1)]},
    ),
    "PaddleClas": (
        "paddle",
        "[2021/09/01 12:00:00] ppcls INFO: [Train][Epoch 2/9][Iter: 10/100]lr(PiecewiseDecay): 0.1, loss: 6.9, "
        "batch_cost: 1.5s, eta: 1:00:00\n"
        "[2021/09/01 12:00:00] ppcls INFO: [Eval][Epoch 2][Avg]loss: 6.7, top1: 0.03\n",
        {
            "lr": [(110, 2, 0.1)],
            "loss": [(110, 2, 6.9)],
            "batch_cost": [(110, 2, 1.5)],
            "eval/loss": [(110, 2, 6.7)],
            "eval/top1": [(110, 2, 0.03)],
        },
    ),
    "the loss that a script prints between the lines of DeepSpeed": (
        "deepspeed",
        "[2023-04-18 01:58:11,440] [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=0, lr=[9.5e-06], "
        "mom=[0.9]\n"
        "steps: 10 loss: 2.5 iter time (s): 0.5 samples/sec: 60.5\n",
        {
            "skipped": [(10, NO, 0)],
            "lr": [(10, NO, 9.5e-06)],
            "loss": [(10, NO, 2.5)],
            "iter time (s)": [(10, NO, 0.5)],
            "samples/sec": [(10, NO, 60.5)],
        },
    ),
    "AllenNLP without a table": (
        "allennlp",
        "2021-03-01 10:00:00,000 - INFO - allennlp.training.trainer - Epoch 0/0\n"
        "loss: 0.75 ||: 100%|####| 20/20 [00:01<00:00, 10.0it/s]\n"
        "loss: 0.65 ||: 100%|####| 5/5 [00:00<00:00, 20it/s]\n",
        {"loss": [(20, 0, 0.75)], "validation_loss": [(NO, 0, 0.65)]},
    ),
    "a table of Lightning's tests": (
        "lightning_console",
        "Epoch 0: 100%|####| 10/10 [00:00<00:00, 44.12it/s, v_num=3, train_loss=0.500]\n"
        "`Trainer.fit` stopped: `max_epochs=1` reached.\n┏━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┓\n"
        "┃ Test metric ┃ DataLoader 0 ┃\n┡━━━━━━━━━━━━━╇━━━━━━━━━━━━━━┩\n│  test_loss  │     0.25     │\n"
        "└─────────────┴──────────────┘\n",
        {"train_loss": [(10, 0, 0.5)], "test_loss": [(10, 0, 0.25)]},
    ),
    "the results of older versions of Lightning": (
        "lightning_console",
        "Epoch 0: 100%|####| 10/10 [00:00<00:00, 44.12it/s, loss=0.5, v_num=3]\n"
        "DATALOADER:0 TEST RESULTS\n{'test_acc': 0.875}\n",
        {"loss": [(10, 0, 0.5)], "test_acc": [(10, 0, 0.875)]},
    ),
    "an Estimator that prints every line twice": (
        "tf_estimator",
        "".join(
            f"INFO:tensorflow:{line}\n" * 2
            for line in ("global_step/sec: 8.5", "loss = 2.25, step = 100 (12.321 sec)",
                         "Saving dict for global step 100: accuracy = 0.9, global_step = 100, loss = 1.5")
        ),
        {"loss": [(100, NO, 2.25)], "global_step/sec": [(100, NO, 8.5)], "eval/accuracy": [(100, NO, 0.9)],
         "eval/loss": [(100, NO, 1.5)]},
    ),
    "pycocotools under a training of DETR": (
        "torchvision",
        "Epoch: [0]  [  0/90]  eta: 5:00:25  lr: 0.1  loss: 38.5 (38.5)  max mem: 2547\n"
        " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.125\n",
        {"lr": [(0, 0, 0.1)], "loss": [(0, 0, 38.5)],
         "val/AP@[IoU=0.50:0.95,area=all,maxDets=100]": [(0, 0, 0.125)]},
    ),
    "DQN of baselines": (
        "baselines_console",
        "--------------------------------------\n| mean 100 episode reward | 20.5     |\n"
        "| steps                   | 204      |\n--------------------------------------\n",
        {"mean 100 episode reward": [(204, NO, 20.5)]},
    ),
    "fine-tuning with nanochat": (
        "nanochat",
        "Step 00000 | Validation loss: 1.0125\n"
        "Step 00000/00701 | Training loss: 1.1875| lrm: 1.000000| num_tokens: 9,123\n",
        {"Validation loss": [(0, NO, 1.0125)], "Training loss": [(0, NO, 1.1875)], "lrm": [(0, NO, 1)],
         "num_tokens": [(0, NO, 9123)]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DIALECTS, ids=lambda name: name.replace(" ", "-"))
def test_a_program_is_recognised_and_read(name: str, tmp_path: Path) -> None:
    wanted, text, expected = DIALECTS[name]
    path = tmp_path / "a.log"
    path.write_text(text)
    found = recognise(path)
    assert found is not None
    assert found[0].name == wanted
    assert series_of(path) == {"": expected}


def test_each_trial_of_tune_is_a_run_in_either_kind_of_table(tmp_path: Path) -> None:
    path = tmp_path / "tune.log"
    head = "│ Trial name   status       iter     total time (s)     ts     reward │\n"
    path.write_text(
        f"{head}│ PPO_0_000    RUNNING         1                5.5    4000     22.5 │\n"
        f"{head}│ PPO_0_000    TERMINATED      2               10.5    8000     32.5 │\n"
        f"│ PPO_0_001    ERROR           1                5.5    4000     12.5 │\n"
    )
    assert {run: metrics["reward"] for run, metrics in series_of(path).items()} == {
        "PPO_0_000": [(4000, 1, 22.5), (8000, 2, 32.5)],
        "PPO_0_001": [(4000, 1, 12.5)],
    }


def test_a_folder_of_kaldi_counts_iterations(tmp_path: Path) -> None:
    for at in (1, 2):
        (tmp_path / f"update.{at}.log").write_text(
            "LOG (gmm-est[5.5]:main():gmm-est.cc:102) GMM update: Overall avg like per frame = "
            f"-9{at}.5 over 434641 frames.\n# Ended (code 0) at Mon May  1 10:00:30 UTC 2023\n"
        )
    assert series_of(tmp_path) == {"": {"avg like per frame": [(1, NO, -91.5), (2, NO, -92.5)]}}


def fits(epochs: int, *losses: float) -> str:
    """What fit prints, once for each loss, which it reaches in its last epoch."""
    one = "".join(f"Epoch {epoch}/{epochs}\n9/9 - 1s - 8ms/step - loss: {{}}\n" for epoch in range(1, epochs + 1))
    return "".join(one.format(*(loss + epochs - epoch for epoch in range(1, epochs + 1))) for loss in losses)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        (fits(1, 0.5, 0.25), {"": [(NO, 1, 0.5)], "2": [(NO, 1, 0.25)]}),
        (fits(1, 0.5, 0.25) + fits(2, 4), {"": [(NO, 1, 0.5)], "2": [(NO, 1, 0.25)], "3": [(NO, 1, 5), (NO, 2, 4)]}),
        (fits(2, 0.5, 3), {"": [(NO, 1, 1.5), (NO, 2, 0.5)], "2": [(NO, 1, 4), (NO, 2, 3)]}),
        (fits(1, 0.5, 0.25, 0.125), {"": [(NO, 1, 0.5), (NO, 2, 0.25), (NO, 3, 0.125)]}),
    ],
    ids=["two short ones", "a long one behind", "two", "a loop"],
)
def test_each_fit_of_keras_is_a_run_unless_it_is_called_in_a_loop(
    text: str, runs: dict[str, list[tuple[float | None, float | None, float]]], tmp_path: Path
) -> None:
    path = tmp_path / "a.log"
    path.write_text(text)
    assert {run: metrics["loss"] for run, metrics in series_of(path).items()} == runs
