"""How often the guard against refuted causes speaks up where it should, and where it should not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.board import Entry
from agent.revived import revived
from tools.lessons import HypothesisStatus

MOST_MISSED, MOST_WRONGED = 3, 1
PROSE = Path(__file__).with_name("refuted.md")
_BOARD: Mapping[str, Mapping[HypothesisStatus, str]] = {
    "run-7": {
        "supported": "exploding_gradients learning_rate",
        "refuted": "divergence loss_spike missing_warmup batch_size",
    },
    "run-5": {"supported": "overfitting", "refuted": "label_noise val_leakage dropout"},
    "run-12": {"supported": "over_clipping", "refuted": "lr_too_low dead_relu optimizer"},
}
NAMES: Mapping[str, str] = {name: f"run-{n}" for n in (3, 5, 6, 7, 12) for name in (f"run-{n}", str(n))}


def _entry(run: str, cause: str, status: HypothesisStatus) -> Entry:
    return {"id": "", "run": run, "cause": cause, "status": status, "why": status, "support": [], "against": []}


BOARD: Sequence[Entry] = [
    _entry(run, cause, status)
    for run, causes in _BOARD.items()
    for status, listed in causes.items()
    for cause in listed.split()
]


@dataclass(frozen=True)
class GuardScores:
    """Sentences that were judged wrongly, of so many each."""

    blamed: int
    mentioned: int
    missed: tuple[str, ...]
    wronged: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether few enough are misjudged; a false alarm weighs more, as it marks a true answer."""
        return len(self.missed) <= MOST_MISSED and len(self.wronged) <= MOST_WRONGED


def score_refuted() -> GuardScores:
    """Put each sentence of refuted.md before the guard."""
    blamed, mentioned = sentences("Blamed"), sentences("Mentioned")
    missed = tuple(one for one in blamed if not revived(one, BOARD, lambda: NAMES))
    wronged = tuple(one for one in mentioned if revived(one, BOARD, lambda: NAMES))
    return GuardScores(len(blamed), len(mentioned), missed, wronged)


def sentences(heading: str) -> tuple[str, ...]:
    """The answers below a heading of refuted.md; " / " in one stands for a new line."""
    below = PROSE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return tuple(line.removeprefix("- ").replace(" / ", "\n\n") for line in below.splitlines() if line.startswith("- "))


def said(scores: GuardScores) -> str:
    """One line for people."""
    caught = scores.blamed - len(scores.missed)
    return (
        f"refuted causes: {caught} of {scores.blamed} that are blamed are noticed, "
        f"{len(scores.wronged)} of {scores.mentioned} that are only mentioned are taken for blamed"
    )
