import json
from pathlib import Path

import pytest

from tools.ledger import Ledger, Tried
from tools.lessons import Advice, Change


def advice(**changes: object) -> Advice:
    told = tuple(Change(key, 0.1, value) for key, value in changes.items())  # type: ignore[arg-type]
    return Advice("run-1", told, "because", "val_loss", "lower", 0.31, 0.35, "a basis")


def tried(run: str, best: float | None = None, **params: object) -> Tried:
    return Tried(run, params, {"val_loss": best})  # type: ignore[arg-type]


BASE = tried("run-1", 0.5, lr=0.1, batch=32, seed=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


def test_advice_gets_a_number_once_and_keeps_it(ledger: Ledger) -> None:
    [first, second] = ledger.keep([advice(lr=0.01), advice(lr=0.03)], [BASE])
    assert (first.number, second.number) == (1, 2)
    [again, third] = Ledger(ledger.path.parent).keep([advice(lr=0.03), advice(batch=64)], [BASE])
    assert (again.number, third.number) == (2, 3)
    assert len(ledger.path.read_text().splitlines()) == 3


def test_a_later_run_that_follows_an_advice_is_scored(ledger: Ledger) -> None:
    ledger.keep([advice(lr=0.01)], [BASE])
    [kept] = ledger.followed([BASE, tried("run-2", 0.33, lr=0.0102, batch=32, seed=7)])
    assert (kept.run, kept.number, kept.held, kept.best) == ("run-2", 1, True, 0.33)
    assert kept.summary == "run-2 followed advice 1: predicted val_loss 0.31 to 0.35, got 0.33"
    [missed] = ledger.followed([tried("run-3", 0.4, lr=0.01, batch=32)])
    assert not missed.held


@pytest.mark.parametrize(
    "other",
    [
        tried("run-2", 0.3, lr=0.02, batch=32),
        tried("run-2", 0.3, lr=0.01, batch=64),
        tried("run-2", 0.3, batch=32),
        tried("run-1", 0.3, lr=0.01, batch=32),
    ],
    ids=["another value", "something else changed too", "the setting is not logged", "the run itself"],
)
def test_a_run_that_did_something_else_has_not_followed(ledger: Ledger, other: Tried) -> None:
    ledger.keep([advice(lr=0.01)], [BASE])
    assert ledger.followed([other]) == ()


def test_a_run_that_was_there_before_has_not_followed(ledger: Ledger) -> None:
    before = tried("run-2", 0.33, lr=0.01, batch=32)
    ledger.keep([advice(lr=0.01)], [BASE, before])
    assert ledger.followed([BASE, before]) == ()


def test_a_line_that_cannot_be_read_costs_that_line_only(ledger: Ledger) -> None:
    ledger.path.write_text('{"torn\n' + json.dumps({"advice": {}}) + "\n")
    assert ledger.entries() == ()
    assert ledger.keep([advice(lr=0.01)], [BASE])[0].number == 1
    assert len(ledger.entries()) == 1
    assert ledger.complaint == "advice.jsonl cannot be read in line 1, 2; that advice is not scored"


def test_a_number_is_never_given_twice(ledger: Ledger) -> None:
    ledger.keep([advice(lr=0.01), advice(lr=0.03)], [BASE])
    first, second = ledger.path.read_text().splitlines()
    ledger.path.write_text(f"{first[:40]}\n{second}\n")
    assert ledger.keep([advice(lr=0.05)], [BASE])[0].number == 3
