"""evaluations.npz of Stable-Baselines3's EvalCallback: several episodes at each evaluation; read without unpickling."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator

import numpy as np

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import one_series
from tools.records import Part

ARRAYS = {"results": "eval/mean_reward", "ep_lengths": "eval/mean_ep_length", "successes": "eval/success_rate"}

_UNREADABLE = (OSError, ValueError, KeyError, EOFError, TypeError, NotImplementedError, zipfile.BadZipFile, zlib.error)


def sniff(probe: Probe) -> float:
    """A zip archive that begins with the timesteps array."""
    return 0.95 if probe.head.startswith(b"PK\x03\x04") and b"timesteps.npy" in probe.head[:4096] else 0.0


def parse(source: Source) -> Iterator[Part]:
    """The mean over the episodes of each evaluation, at its time step; its spread beside it."""
    try:
        with np.load(source.path, allow_pickle=False) as arrays:
            steps = np.asarray(arrays["timesteps"], dtype=np.float64)
            found = {name: np.asarray(arrays[key], dtype=np.float64) for key, name in ARRAYS.items() if key in arrays}
    except _UNREADABLE as error:
        raise ToolError(f"{source.path} cannot be read as the evaluations of Stable-Baselines3: {error}.") from error
    for name, values in found.items():
        if len(values) == len(steps) and len(steps):
            yield one_series(name, values.reshape(len(steps), -1).mean(axis=1), steps, None)
            yield one_series(name.replace("mean", "std"), values.reshape(len(steps), -1).std(axis=1), steps, None)


FORMAT = Format("sb3_evaluations", "SB3 evaluations.npz", "Stable-Baselines3 EvalCallback", sniff, parse)
