"""Pickles and what is built on them are never loaded: refused by name where asked for, no logs where they lie about."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.discovery import discover


class Trap:
    """Touches a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)


def trapped(sprung: Path, protocol: int = 4) -> bytes:
    return pickle.dumps({"loss": [2.5, 1.5, 1.0], "more": Trap(sprung)}, protocol=protocol)


def checkpoint(sprung: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("model/data.pkl", trapped(sprung, 2))
    return packed.getvalue()


def objects(sprung: Path) -> bytes:
    packed = io.BytesIO()
    np.save(packed, np.array([Trap(sprung)], dtype=object), allow_pickle=True)
    return packed.getvalue()


FILES: dict[str, tuple[Callable[[Path], bytes], str, str]] = {
    "history.pkl": (trapped, "is a pickle", "json.dump(pickle.load"),
    "text.pickle": (lambda sprung: trapped(sprung, 0), "is a pickle", "json.dump(pickle.load"),
    "study.joblib": (trapped, "is a pickle", "json.dump(joblib.load"),
    "history": (trapped, "is a pickle", "json.dump(pickle.load"),
    "model.pt": (checkpoint, "is a checkpoint of PyTorch", 'torch.load("model.pt")'),
    "last.ckpt": (checkpoint, "is a checkpoint of PyTorch", "the log of the training"),
    "old.pth": (trapped, "is a checkpoint of PyTorch", "the log of the training"),
    "losses.npy": (objects, "is an array file of NumPy", "to_csv"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_pickle_that_is_asked_for_is_refused_with_what_to_export_instead(name: str, tmp_path: Path) -> None:
    write, what, instead = FILES[name]
    path, sprung = tmp_path / name, tmp_path / "sprung"
    path.write_bytes(write(sprung))
    found = discover([path])
    (refused,) = found.unreadable
    assert found.runs == ()
    assert f"{path} {what}" in refused.reason
    assert "never" in refused.reason
    assert instead in refused.reason
    assert not sprung.exists()


def test_pickles_beside_a_log_are_quietly_no_logs(tmp_path: Path) -> None:
    run, sprung = tmp_path / "calm-1", tmp_path / "sprung"
    run.mkdir()
    (run / "metrics.csv").write_text("step,loss\n0,2.5\n1,1.5\n2,1.0\n")
    for name, (write, _, _) in FILES.items():
        (run / name).write_bytes(write(sprung))
    found = discover([run])
    assert found.unreadable == ()
    assert [[log.path.name for log in one.logs] for one in found.runs] == [["metrics.csv"]]
    assert not sprung.exists()


def test_a_log_that_is_called_like_a_pickle_is_read(tmp_path: Path) -> None:
    path = tmp_path / "history.pkl"
    path.write_text('{"step": 0, "loss": 2.5}\n{"step": 1, "loss": 1.5}\n')
    assert [run.logs[0].format.name for run in discover([path]).runs] == ["jsonl"]
