"""Coverage-guided fuzzing of every reader: `python -m evals.fuzz SECONDS CORPUS` (needs the extra `fuzz`).

Inputs that crash, hang for more than `TIMEOUT` seconds or need more than `MEMORY` megabytes are written to CORPUS.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tools"]):
    from evals.fuzz.way import NAMES, as_input, drive
    from tools.formats import formats

    formats()

FIXTURES = Path(__file__).parents[2] / "tests" / "fixtures" / "formats"
TIMEOUT, MEMORY, LONGEST = 20, 1500, 1 << 14


def seed(corpus: Path) -> None:
    """Begin with the fixtures: each under its own name, or one that its ending is read by."""
    corpus.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(sorted(FIXTURES.rglob("*"))):
        if path.is_file() and path.stat().st_size:
            name = next((one for one in NAMES if one.endswith(path.suffix) and path.suffix), "anything")
            (corpus / f"seed-{number:03}").write_bytes(as_input(name, path.read_bytes()[:LONGEST]))


def main() -> None:
    """Fuzz for so many seconds."""
    seconds, corpus = int(sys.argv[1]), Path(sys.argv[2])
    seed(corpus)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        options = [
            f"-max_total_time={seconds}",
            f"-timeout={TIMEOUT}",
            f"-rss_limit_mb={MEMORY}",
            f"-max_len={LONGEST + 1}",
            f"-artifact_prefix={corpus}/found-",
        ]
        atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: drive(data, place))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
