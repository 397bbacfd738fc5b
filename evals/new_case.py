"""A case of the evals from what somebody said about an answer, or from a recorded investigation: a folder to ask again.

The logs come along as copies in which secrets are hidden, or are referred to where they lie.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

import yaml

from agent.evidence import EvidenceEntry, cited_ids
from agent.feedback import Dismissed, Feedback
from agent.investigation import Investigation, KnownFile
from evals.dataset import load_samples
from tools.detectors import detectors
from tools.errors import ToolError
from tools.redaction import redacted

CITED = 3
SETTINGS = ("config.json", "config.yaml", "hparams.yaml", "args.json", "params.json")
"""What may lie beside a log and belongs to it."""


@dataclass(frozen=True)
class Wanted:
    """What a right answer must and must not hold, as somebody says it."""

    must_report: tuple[str, ...] = ()
    must_not_report: tuple[str, ...] = ()
    must_say: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    unanswerable: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return self == Wanted()


@dataclass(frozen=True)
class Origin:
    """What a case is made of: an investigation, and what was said about its last answer."""

    record: Investigation
    name: str
    comment: str = ""
    dismissed: Dismissed | None = None
    praised: bool = False
    tags: tuple[str, ...] = field(default=("recorded",))

    @classmethod
    def of(cls, said: Feedback) -> Origin:
        """From what people say in chat and Slack."""
        tags = ("feedback", said.verdict)
        return cls(said.record, f"feedback-{said.id[:8]}", said.comment, said.dismissed, said.verdict == "up", tags)

    @property
    def turns(self) -> list[str]:
        """What was asked; where a finding was dismissed before that, what it was dismissed from."""
        asked = [redacted(turn.question) for turn in self.record.turns]
        return asked or ([f"What is wrong with {self.dismissed.run}?"] if self.dismissed else [])


def target_of(origin: Origin, wanted: Wanted) -> dict[str, object]:
    """The target of the case. ToolError where nothing is known that a right answer must hold."""
    dismissed = (origin.dismissed.finding,) if origin.dismissed else ()
    told: dict[str, Sequence[object]] = {
        "must_report": _known(wanted.must_report),
        "must_not_report": _known((*dismissed, *wanted.must_not_report)),
        "must_say": wanted.must_say,
        "must_not": wanted.must_not,
    }
    if wanted.is_empty and origin.praised:
        told["must_cite"] = list(_citations(origin.record))
    target: dict[str, object] = {name: list(ones) for name, ones in told.items() if ones}
    if wanted.unanswerable:
        target["answered"] = False
    if not target:
        raise ToolError(
            "Nothing says what a right answer must hold.",
            "Say it with --must-report, --must-not-report, --must-say, --must-not or --unanswerable.",
        )
    return target


def _known(findings: Sequence[str]) -> tuple[str, ...]:
    known = [one.id for one in detectors()]
    for finding in (id for one in findings for id in one.split("|")):
        if finding not in known:
            near = get_close_matches(finding, known, 1)
            raise ToolError(f"There is no finding {finding!r}.", f"Did you mean {near[0]}?" if near else "")
    return tuple(dict.fromkeys(findings))


def _citations(record: Investigation) -> Iterator[dict[str, object]]:
    """Where a good answer found its proof: the values that it cites, in a range of that one step."""
    last = record.turns[-1]
    known: dict[str, EvidenceEntry] = {one["id"]: one for call in last.calls for one in call.evidence}
    cited = [known[id] for id in cited_ids(last.answer) if id in known]
    for one in [one for one in cited if one["metric"] and one["step"] is not None][:CITED]:
        yield {"metric": one["metric"], "steps": [one["step"], one["step"]]}


def write_case(origin: Origin, wanted: Wanted, into: Path, name: str, refer: bool) -> tuple[Path, list[str]]:
    """The folder of the new case, and the logs that are not what they were. refer: leave the logs where they are."""
    target = target_of(origin, wanted)
    if not origin.turns:
        raise ToolError("This investigation holds no question.")
    folder = into / (re.sub(r"[^a-z0-9]+", "-", (name or origin.name).lower()).strip("-") or "case")
    if folder.exists():
        raise ToolError(f"{folder} is there already.", "Give the case another name with --name.")
    logs = _logs(origin.record)
    root = Path(os.path.commonpath([log.parent for log in logs]))
    folder.mkdir(parents=True)
    if not refer:
        # With the name of its folder, which may be the name of the run.
        _copy(root.parent, logs, folder / "logs")
    document = {**_head(origin), "logs": str(root) if refer else "logs", "target": target}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    load_samples(cases=into)
    return folder, [file.path for file in origin.record.data if _changed(file)]


def _logs(record: Investigation) -> list[Path]:
    """All log files. ToolError where one cannot be had."""
    logs = [Path(file.path) for file in record.data]
    if missing := next((log for log in logs if not log.is_file()), None):
        raise ToolError(f"The log {missing} is not there any more, or lies in an archive or on a server.")
    if not logs:
        raise ToolError("This investigation names no log.")
    return logs


def _head(origin: Origin) -> dict[str, object]:
    project = origin.record.project.model_dump(mode="json", exclude_defaults=True, exclude={"suppress"})
    head = {"turns": origin.turns, "tags": list(origin.tags), "note": redacted(origin.comment), "project": project}
    return {key: value for key, value in head.items() if value}


def _copy(root: Path, logs: Sequence[Path], to: Path) -> None:
    beside = [log.with_name(name) for log in logs for name in SETTINGS]
    for file in dict.fromkeys((*logs, *(one for one in beside if one.is_file()))):
        copy = to / file.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        content = file.read_bytes()
        try:
            copy.write_text(redacted(content.decode("utf-8")), encoding="utf-8", newline="")
        except UnicodeDecodeError:
            copy.write_bytes(content)


def _changed(file: KnownFile) -> bool:
    return file.sha256 is not None and sha256(Path(file.path).read_bytes()).hexdigest() != file.sha256
