"""What advice over many runs costs: their settings weighed, where they break, and the next trials."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from evals import bench_inputs as inputs
from tools.store import Store
from tools.toolbox import Toolbox

EPOCHS = 12


def write_tuned(folder: Path) -> None:
    """Short runs that were given settings at random; those of a high rate and a small batch blow up."""
    draw = np.random.default_rng(0)
    for number in range(inputs.TUNED_RUNS):
        run = folder / "tuned" / f"run-{number}"
        run.mkdir(parents=True)
        rate, batch = 10 ** draw.uniform(-5, -1), int(2 ** draw.integers(4, 9))
        rest = f'"dropout": {draw.uniform(0, 0.5):.3f}, "weight_decay": {10 ** draw.uniform(-6, -2):.2g}'
        (run / "config.json").write_text(f'{{"lr": {rate:.3g}, "batch_size": {batch}, {rest}}}')
        is_broken = rate > 0.01 and batch <= 64
        floor = 0.3 + 0.2 * abs(math.log10(rate) + 3) + 0.02 * draw.standard_normal()
        rows = "".join(f"{epoch},{_loss(epoch, floor, is_broken)}\n" for epoch in range(1, EPOCHS + 1))
        (run / "metrics.csv").write_text("epoch,train_loss,val_loss\n" + rows)


def _loss(epoch: int, floor: float, is_broken: bool) -> str:
    if is_broken and epoch > EPOCHS // 2:
        return "nan,nan"
    return f"{floor + 0.6**epoch:.5f},{floor + 0.6**epoch + 0.05:.5f}"


def advise(folder: Path) -> None:
    """What the settings did, and what to try next."""
    with Store(folder / "store") as store:
        toolbox = Toolbox(store)
        toolbox.analyse_sweep()
        toolbox.suggest_next()
