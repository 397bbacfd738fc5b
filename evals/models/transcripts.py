"""What a model said to each sample, kept as files, and such a record as a model that says it again over real HTTP.

A record holds the replies of the model only: tools, guards and scores are those of today. A model whose answer a guard
of today objects to, and did not then, insists on it. A record is void for a sample whose questions or logs have changed
since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from json import dumps
from pathlib import Path

from langchain_core.messages import AIMessage
from pydantic import SecretStr, TypeAdapter, ValidationError

from agent.events import Turn
from agent.outgoing import without_secrets
from agent.settings import Settings
from evals.dataset import Sample
from evals.log import digest
from evals.models.openai_server import KEY, Call, Exchange, Fail, OpenAIServer, Reply, Say, Scenario
from evals.solver import SessionSolver, Solver
from tools.errors import ToolError

NO_MORE = "the record holds no further reply: the program asks more often than it did"


@dataclass(frozen=True)
class Said:
    """One reply: words, calls, and the tokens that the server counted."""

    text: str
    calls: tuple[Call, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Transcript:
    """All replies to a sample, in their order; `digest` is that of its questions and logs."""

    model: str
    sample: str
    epoch: int
    digest: str
    replies: tuple[Said, ...]

    @property
    def name(self) -> str:
        """Of the file, and of the scripted model."""
        return f"{self.sample}.{self.epoch}"


@dataclass(frozen=True)
class Transcripts:
    """A folder of them, all of one model, and the samples that they answer."""

    model: str
    samples: tuple[Sample, ...]
    by_name: dict[str, Transcript]

    @property
    def epochs(self) -> int:
        """How often each sample was asked, at least."""
        known = {(one.sample, one.epoch) for one in self.by_name.values()}
        return next(n for n in range(len(known) + 1) if any((s.id, n + 1) not in known for s in self.samples))


class Recorder:
    """Writes a file for each sample that a model has answered. Secrets in what it said are hidden."""

    def __init__(self, folder: Path, model: str) -> None:
        self._folder, self._model = folder, model
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, sample: Sample, epoch: int, replies: Sequence[AIMessage]) -> None:
        """Keep the replies to a sample."""
        kept = Transcript(
            self._model,
            sample.id,
            epoch,
            digest(sample),
            tuple(_said(one) for one in without_secrets(replies) if isinstance(one, AIMessage)),
        )
        (self._folder / f"{kept.name}.json").write_text(f"{_text(kept)}\n", encoding="utf-8")


def _text(kept: Transcript) -> str:
    return dumps(asdict(kept), ensure_ascii=False, indent=1)


def _said(reply: AIMessage) -> Said:
    used = reply.usage_metadata
    calls = tuple(Call(call["name"], call["args"]) for call in reply.tool_calls)
    garbled = tuple(Call(call["name"] or "", raw=call["args"] or "") for call in reply.invalid_tool_calls)
    return Said(reply.text, calls + garbled, *((used["input_tokens"], used["output_tokens"]) if used else ()))


def read_transcripts(folder: Path, samples: Sequence[Sample]) -> Transcripts:
    """The transcripts of a folder. ToolError where one is of a sample that is no more what it was, or of two models."""
    read = [_read(file) for file in sorted(folder.glob("*.json"))]
    models = sorted({one.model for one in read})
    if len(models) != 1:
        raise ToolError(
            f"{folder} holds transcripts of {', '.join(models) or 'no model'}.",
            "It takes a folder of one model, as runwhy eval --model M --record DIR writes it.",
        )
    known = {sample.id: sample for sample in samples}
    mine = [one for one in read if one.sample in known]
    if changed := sorted({one.sample for one in mine if digest(known[one.sample]) != one.digest}):
        raise ToolError(
            f"The questions or logs of {', '.join(changed)} have changed since {models[0]} was recorded.",
            f"Record these again, or remove their files from {folder}.",
        )
    answered = {one.sample for one in mine}
    return Transcripts(models[0], tuple(s for s in samples if s.id in answered), {one.name: one for one in mine})


def _read(file: Path) -> Transcript:
    try:
        return _whole().validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise ToolError(
            f"{file} is no transcript: {'.'.join(map(str, first['loc']))}: {first['msg'].lower()}."
        ) from None


@cache
def _whole() -> TypeAdapter[Transcript]:
    return TypeAdapter(Transcript)


@contextmanager
def replayed(known: Transcripts, folder: Path) -> Iterator[tuple[SessionSolver, Solver]]:
    """Sessions with a server that says what was recorded, and the solver that asks it. Stores go below the folder."""
    with OpenAIServer({name: _again(one.replies) for name, one in known.by_name.items()}) as server:
        settings = Settings(store_dir=folder, openai_api_key=SecretStr(KEY), openai_base_url=server.url, retries=0)
        sessions = SessionSolver(folder, settings, known.model)

        def ask(sample: Sample, epoch: int) -> list[Turn]:
            return sessions.ask(sample, f"openai:{sample.id}.{epoch}")

        yield sessions, ask


def _again(replies: Sequence[Said]) -> Scenario:
    def scenario(seen: Exchange) -> Reply:
        said = replies[min(seen.turn, len(replies) - 1)] if replies else None
        if said is None or (seen.turn >= len(replies) and said.calls):
            return Fail(400, message=NO_MORE)
        return Say(said.text, said.calls, usage=(said.prompt_tokens, said.completion_tokens))

    return scenario
