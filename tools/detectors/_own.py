"""Detectors from elsewhere: from a folder, or from installed packages. A broken one is named, never left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from tools.detectors._base import Detector
from tools.errors import ToolError
from tools.records import SEVERITY_ORDER, Finding, NotChecked, RunData
from tools.rules import installed

SHAPE = "A detector is a module with a DETECTOR = Detector(...) and a docstring; see tools/detectors."


@dataclass(frozen=True)
class Declared:
    """A detector with the docstring of its module, and where it comes from."""

    detector: Detector
    playbook: str
    source: str


def stamp(folder: Path) -> tuple[object, ...]:
    """Changes when a module of the folder does."""
    found = ((file.name, file.stat()) for file in sorted(folder.glob("*.py")))
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)


def from_folder(folder: Path) -> Iterator[Declared]:
    """The modules of a folder by name; those that start with an underscore help the others."""
    if not folder.is_dir():
        raise ToolError(f"The folder of own detectors {folder} does not exist.", "Set folder under [detectors].")
    for file in sorted(folder.glob("[!_]*.py")):
        spec = spec_from_file_location(f"runwhy_own_detectors.{file.stem}", file)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        # Somebody else's code runs here, and may raise whatever it likes.
        except Exception as error:
            raise ToolError(f"The detector {file} cannot be loaded: {_said(error)}.", SHAPE) from error
        yield _declared(module, str(file))


def from_packages() -> Iterator[Declared]:
    """The modules that installed packages offer."""
    for entry in installed():
        source = f"{entry.name} ({entry.value})"
        try:
            module = entry.load()
        # As above.
        except Exception as error:
            raise ToolError(f"The detector {source} cannot be loaded: {_said(error)}.", SHAPE) from error
        yield _declared(module, source)


def _declared(module: object, source: str) -> Declared:
    detector = getattr(module, "DETECTOR", None)
    if not isinstance(detector, Detector) or detector.severity not in SEVERITY_ORDER:
        raise ToolError(f"{source} declares no detector.", SHAPE)
    return Declared(_guarded(detector, source), module.__doc__ or "", source)


def _guarded(detector: Detector, source: str) -> Detector:
    """The same; a run on which it fails is not checked by it, with the reason."""

    def detect(data: RunData) -> Iterator[Finding | NotChecked]:
        try:
            found = list(detector.detect(data))
        except Exception as error:  # noqa: BLE001 - somebody else's bug must not hide what the others find
            yield NotChecked(detector.id, (), f"{source} failed: {_said(error)}")
        else:
            yield from found

    return replace(detector, detect=detect, reads=detector.reads or _any_change)


def _any_change(data: RunData) -> object:
    """Nobody knows what somebody else's detector reads of the siblings."""
    return data.beside.mark if data.beside else None


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def joined(declared: Iterable[Declared]) -> dict[str, Declared]:
    """All by id; two of the same id are refused."""
    found: dict[str, Declared] = {}
    for one in declared:
        other = found.setdefault(one.detector.id, one)
        if other is not one:
            raise ToolError(f"{one.source} and {other.source} both declare the finding {one.detector.id}.")
    return found
