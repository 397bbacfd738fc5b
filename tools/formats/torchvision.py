"""The metric logger of torchvision's references, which DETR, MAE, DINO, DeiT and many others took along."""

from __future__ import annotations

from tools.formats._styles import console_format
from tools.formats.epoch_batches import Batches

FORMAT = console_format(
    "torchvision",
    "torchvision and DETR console",
    "torchvision references, DETR, MAE, DINO, DeiT",
    r"^(?:[^\n]{0,200}INFO )?(?:Train(?:ing)? )?Epoch: \[\d+\]\s+\[\s*\d+/\d+\]\s+eta: ",
    Batches,
    generic=True,
)
