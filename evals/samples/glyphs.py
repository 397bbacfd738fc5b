"""The data set of the sample sweep: digits drawn with a shaky pen, 12 x 12 grey pixels, a few of them mislabelled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Stroke = tuple[tuple[float, float], ...]

SIDE = 12
CLASSES = 10
MISLABELLED = 0.03

# Each digit as pen strokes through points (x, y) in the unit square, y downwards.
STROKES: tuple[tuple[Stroke, ...], ...] = (
    (((0.5, 0.1), (0.8, 0.3), (0.8, 0.7), (0.5, 0.9), (0.2, 0.7), (0.2, 0.3), (0.5, 0.1)),),
    (((0.35, 0.25), (0.55, 0.1), (0.55, 0.9)),),
    (((0.2, 0.3), (0.5, 0.1), (0.8, 0.3), (0.2, 0.9), (0.8, 0.9)),),
    (((0.2, 0.15), (0.75, 0.15), (0.45, 0.45), (0.8, 0.7), (0.5, 0.9), (0.2, 0.8)),),
    (((0.65, 0.9), (0.65, 0.1), (0.2, 0.65), (0.85, 0.65)),),
    (((0.75, 0.1), (0.3, 0.1), (0.25, 0.45), (0.7, 0.5), (0.75, 0.75), (0.5, 0.9), (0.2, 0.8)),),
    (((0.7, 0.1), (0.3, 0.4), (0.2, 0.7), (0.5, 0.9), (0.8, 0.7), (0.55, 0.5), (0.25, 0.6)),),
    (((0.2, 0.1), (0.8, 0.1), (0.4, 0.9)), ((0.35, 0.5), (0.7, 0.5))),
    (((0.5, 0.45), (0.25, 0.3), (0.5, 0.1), (0.75, 0.3), (0.25, 0.7), (0.5, 0.9), (0.75, 0.7), (0.5, 0.45)),),
    (((0.75, 0.4), (0.45, 0.5), (0.25, 0.3), (0.5, 0.1), (0.75, 0.3), (0.6, 0.9)),),
)


@dataclass(frozen=True)
class Examples:
    """Inputs of shape (n, SIDE * SIDE), roughly zero mean and unit scale, and labels of shape (n,)."""

    pixels: Floats
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.int64]) -> Examples:
        """The examples at these rows."""
        return Examples(self.pixels[rows], self.labels[rows])


def draw_examples(count: int, rng: np.random.Generator) -> Examples:
    """Draw `count` digits, each shifted, turned, scaled, slanted and noisy in its own way."""
    labels = rng.integers(CLASSES, size=count)
    pixels = np.stack([_draw(STROKES[label], rng) for label in labels])
    pixels += rng.normal(0.0, 0.15, pixels.shape)
    wrong = rng.random(count) < MISLABELLED
    labels[wrong] = rng.integers(CLASSES, size=int(wrong.sum()))
    return Examples(((pixels - 0.25) / 0.35).astype(np.float32), labels)


def _draw(strokes: tuple[Stroke, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """One digit as SIDE * SIDE grey values between 0 and 1: dark where the pen came near."""
    angle, slant = rng.normal(0.0, 0.16), rng.normal(0.0, 0.18)
    scale, shift = rng.uniform(0.7, 1.05, 2), rng.normal(0.0, 0.055, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    lean = np.array([[1.0, slant], [0.0, 1.0]])
    width = rng.uniform(0.05, 0.1)
    nearest = np.full(SIDE * SIDE, np.inf)
    for stroke in strokes:
        points = np.array(stroke) + rng.normal(0.0, 0.035, (len(stroke), 2)) - 0.5
        points = points * scale @ (turn @ lean).T + 0.5 + shift
        for start, end in pairwise(points):
            nearest = np.minimum(nearest, _distance(start, end))
    ink: NDArray[np.float64] = np.exp(-((nearest / width) ** 2))
    return ink


_ROWS, _COLUMNS = np.divmod(np.arange(SIDE * SIDE), SIDE)
_CENTRES = (np.stack([_COLUMNS, _ROWS], axis=1) + 0.5) / SIDE


def _distance(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of every pixel's centre from the line between two points."""
    along = end - start
    t = np.clip((_CENTRES - start) @ along / max(float(along @ along), 1e-9), 0.0, 1.0)
    gap: NDArray[np.float64] = np.linalg.norm(_CENTRES - (start + t[:, None] * along), axis=1)
    return gap
