"""What the guards are worth: faulty models over real HTTP, and how often what they do wrong does not reach a person.

A false answer is caught when it arrives marked, objected to, or answered anew. A model that calls wrong tools, garbles
its calls, never stops, or believes a log is caught when the question is answered as well as by the offline analyst, and
within its budget. The honest model shows the price: how often an answer that is right is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from agent.events import Turn
from agent.settings import Settings
from evals.dataset import Sample
from evals.log import EvalSample
from evals.models.faulty import DEEDS, LIES, TOKENS, Deed, Liar, Script, honest
from evals.models.openai_server import KEY, OpenAIServer, Scenario
from evals.scorers import score
from evals.solver import SessionSolver

MOST = 12
"""Samples for each fault."""
STEPS = 5
"""So many calls a model has here; the limit in use is higher, and one that never stops makes them all."""
HONEST = "answers rightly"
FAULTS = (HONEST, *LIES, *DEEDS)
MODEL = "openai:faulty"

Held = Callable[[Turn], bool | None]
"""Whether the guards did as they should; None where the fault had no occasion."""


@dataclass(frozen=True)
class Trial:
    """A faulty model on a sample."""

    fault: str
    script: Script
    scenario: Scenario
    held: Held


@dataclass(frozen=True)
class GuardScore:
    """A fault: how many trials there were, in how many of them the guards did as they should, where they did not."""

    fault: str
    held: int
    of: int
    slipped: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.held / self.of


def score_guards(
    folder: Path,
    ran: Sequence[tuple[Sample, EvalSample]],
    tick: Callable[[], None] = lambda: None,
    faults: Collection[str] = FAULTS,
) -> tuple[GuardScore, ...]:
    """Over samples of one question that the offline analyst has passed."""
    scripts = [Script.of(sample, done) for sample, done in ran if done.passed and len(sample.turns) == 1]
    trials = [trial for trial in _trials(scripts) if trial.fault in faults]
    with OpenAIServer({f"faulty-{n}": trial.scenario for n, trial in enumerate(trials)}) as server:
        settings = Settings(
            store_dir=folder, openai_api_key=SecretStr(KEY), openai_base_url=server.url, model_calls=STEPS,
            turn_tokens=TOKENS, retries=0,
        )  # fmt: skip
        sessions = SessionSolver(folder / "guards", settings, MODEL)
        said: list[tuple[Trial, bool | None]] = []
        for n, trial in enumerate(trials):
            (turn,) = sessions.ask(trial.script.sample, f"{MODEL}-{n}")
            said.append((trial, trial.held(turn)))
            tick()
    tried = dict.fromkeys(trial.fault for trial, held in said if held is not None)
    return tuple(_scored(fault, [(t, held) for t, held in said if t.fault == fault]) for fault in tried)


def _scored(fault: str, said: Sequence[tuple[Trial, bool | None]]) -> GuardScore:
    judged = [(trial, held) for trial, held in said if held is not None]
    slipped = tuple(trial.script.sample.id for trial, held in judged if not held)
    return GuardScore(fault, len(judged) - len(slipped), len(judged), slipped)


def _trials(scripts: Sequence[Script]) -> Iterator[Trial]:
    for script in _some(scripts):
        right = Liar(script, honest)
        yield Trial(HONEST, script, right, lambda turn, model=right: turn.answer.strip() == model.said)  # type: ignore[misc]
    for fault, (lie, suits) in LIES.items():
        for script in _some([one for one in scripts if suits(one.sample)]):
            liar = Liar(script, lie)
            yield Trial(fault, script, liar, liar.is_caught)
    for fault, deed in DEEDS.items():
        for script in _some([one for one in scripts if deed.suits(one.sample)]):
            yield Trial(fault, script, deed.build(script), _answered_right(script, deed))


def _answered_right(script: Script, deed: Deed) -> Held:
    return lambda turn: deed.keeps(turn) and all(one.passed for one in score(turn, script.sample.target))


def _some(scripts: Sequence[Script]) -> Sequence[Script]:
    """At most so many, from all over."""
    return scripts[:: max(1, -(-len(scripts) // MOST))]
