"""A report as SARIF 2.1.0, for code hosts and editors: a rule for each detector, a result for each finding, and one for
each run that is worse than its baseline.

What could not be judged or read is a notification of the invocation, never a result that says "none".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from agent.baseline import against_words
from agent.phrases import one_line, place
from agent.report import Json, Report, RunReport, plain, runwhy_version
from agent.whereabouts import LogFiles, Whereabouts
from tools.amounts import counted
from tools.detectors import detectors, playbook
from tools.detectors._base import Detector
from tools.records import Evidence, Finding, Severity, Suppressed

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Mapping[Severity, str] = {"critical": "error", "warning": "warning", "info": "note"}
ROOT = "%SRCROOT%"
Object = dict[str, Json]
WORSE: Object = {
    "id": "regression",
    "name": "Regression",
    "shortDescription": {"text": "The run is worse than its baseline."},
    "fullDescription": {
        "text": "Its best value is worse than that of the baseline by more than the noise of the curves."
    },
    "help": {"text": "Compare its settings with those of the baseline: runwhy compare."},
    "defaultConfiguration": {"level": "warning"},
    "properties": {"tags": ["training"]},
}


def as_sarif(report: Report) -> str:
    """The document. Paths below the current directory are relative to it, as code hosts want them."""
    known = detectors(report.own_detectors)
    order = {one.id: i for i, one in enumerate(known)}
    run: Object = {
        "tool": {
            "driver": {
                "name": "runwhy",
                "semanticVersion": runwhy_version(),
                "rules": [*(_rule(one, report.own_detectors) for one in known), *([WORSE] if _is_held(report) else [])],
                "notifications": [{"id": name, "shortDescription": {"text": text}} for name, text in NOTICES.items()],
            }
        },
        "invocations": [_invocation(report)],
        "originalUriBaseIds": {ROOT: {"uri": f"{Path.cwd().as_uri().rstrip('/')}/"}},
        "columnKind": "unicodeCodePoints",
        "results": [result for r in report.runs for result in _results(r, order)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _is_held(report: Report) -> bool:
    return any(one.against is not None for one in report.runs)


def _rule(detector: Detector, folder: Path | None) -> Object:
    text = playbook(detector.id, folder).strip()
    head, _, rest = text.partition("\n\n")
    return {
        "id": detector.id,
        "name": detector.id.title().replace("_", ""),
        "shortDescription": {"text": f"{detector.title}."},
        "fullDescription": {"text": one_line(head)},
        "help": {"text": rest or head, "markdown": rest or head},
        "defaultConfiguration": {"level": LEVELS[detector.severity]},
        "properties": {"tags": ["training"]},
    }


def _results(report: RunReport, order: Mapping[str, int]) -> Iterator[Object]:
    files = LogFiles(report.logs)
    for finding in report.diagnosis.findings:
        yield _result(report, finding, files, order)
    yield from _regression(report, files)
    for one in report.diagnosis.suppressed:
        yield {**_result(report, one.finding, files, order), "suppressions": [_suppression(one)]}


def _regression(report: RunReport, files: LogFiles) -> Iterator[Object]:
    """That a run is worse than the baseline, which fails a gate whether anything was found in it or not."""
    if report.against is None or not report.against.regressed:
        return
    name = one_line(report.run.name)
    where: Object = {"logicalLocations": [{"name": name, "fullyQualifiedName": name, "kind": "object"}]}
    yield {
        "ruleId": WORSE["id"],
        "level": "warning",
        "message": {"text": f"{name}: {against_words(report.against)}"},
        "locations": [where | _physical(files.find([]))],
        "partialFingerprints": {"runAndFinding/v1": _fingerprint(report, "regression", report.against.metric)},
        "baselineState": "new",
    }


def _suppression(one: Suppressed) -> Object:
    return {"kind": "external", "status": "accepted", "justification": one_line(one.reason)}


def _result(report: RunReport, finding: Finding, files: LogFiles, order: Mapping[str, int]) -> Object:
    telling = _telling(finding)
    fix = f" {finding.fix}" if finding.fix else ""
    where: Object = {"logicalLocations": [_logical(report, finding)]}
    return {
        "ruleId": finding.id,
        **({"ruleIndex": order[finding.id]} if finding.id in order else {}),
        "level": LEVELS[finding.severity],
        "message": {"text": f"{one_line(report.run.name)}: {one_line(finding.summary)}{fix}"},
        "locations": [where | _physical(_found(report, finding, telling, files))],
        "relatedLocations": [
            {"message": {"text": _told(report, e)}, **_physical(files.find([e]))} for e in telling[1:]
        ],
        "partialFingerprints": {"runAndFinding/v1": _fingerprint(report, finding.id, finding.metric)},
        "rank": round(100 * finding.confidence, 1),
        **_state(report, finding),
        "properties": {
            "run": report.run.run,
            "metric": finding.metric,
            "onset_step": finding.onset_step,
            "onset_epoch": plain(finding.onset_epoch),
            "confidence": finding.confidence,
            "role_in_cascade": finding.role_in_cascade,
        },
    }


def _told(report: RunReport, one: Evidence) -> str:
    return one_line(f"{one.metric} at {place(one, report.axes.get(one.metric, ''))}: {one.value:g}")


def _state(report: RunReport, finding: Finding) -> Object:
    """Whether the baseline has it too, where there is one."""
    if report.against is None:
        return {}
    return {"baselineState": "new" if finding.id in report.against.new else "unchanged"}


def _telling(finding: Finding) -> list[Evidence]:
    """The evidence, that at the onset first."""
    onset = finding.onset_step if finding.onset_step is not None else finding.onset_epoch
    return sorted(finding.evidence, key=lambda e: e.step != onset)


def _found(report: RunReport, finding: Finding, evidence: Sequence[Evidence], files: LogFiles) -> Whereabouts | None:
    crash = report.run.crash
    if crash is not None and crash.line and finding.id in {"crash", "oom_crash"}:
        file = next((log for log in report.logs if Path(log).name == Path(crash.file).name), report.logs[0])
        return Whereabouts(file, crash.line)
    return files.find(evidence)


def _logical(report: RunReport, finding: Finding) -> Object:
    onset = finding.onset_step if finding.onset_step is not None else finding.onset_epoch
    axis = "step" if finding.onset_step is not None else "epoch"
    at = [] if onset is None else [f"{axis} {onset:g}"]
    name = " / ".join(map(one_line, (report.run.run, *([finding.metric] if finding.metric else []), *at)))
    return {"name": one_line(report.run.name), "fullyQualifiedName": name, "kind": "object"}


def _physical(found: Whereabouts | None) -> Object:
    if found is None:
        return {}
    region: Object = {} if found.line is None else {"region": {"startLine": found.line}}
    return {"physicalLocation": {"artifactLocation": _artifact(found.file), **region}}


def _artifact(file: str) -> Object:
    """A file as a URI; the address of a tracker is one already."""
    if "://" in file:
        return {"uri": quote(file, safe=":/#?&=%")}
    path = Path(file)
    if path.is_relative_to(Path.cwd()):
        return {"uri": quote(path.relative_to(Path.cwd()).as_posix()), "uriBaseId": ROOT}
    return {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}


def _fingerprint(report: RunReport, *trouble: str) -> str:
    """The same for the same trouble of the same run, whatever step it starts at, so that hosts follow it over time."""
    return hashlib.sha256("\0".join((report.run.run, *trouble)).encode()).hexdigest()[:32]


NOTICES = {
    "cannot_judge": "Too little was logged to judge a run.",
    "unreadable": "A path could not be read.",
    "not_checked": "A check was not made, because what it needs was not logged.",
    "skipped_lines": "Lines of a log could not be used.",
}


def _invocation(report: Report) -> Object:
    """How it went. It has succeeded only where everything was read and judged."""
    runs = report.runs
    unjudged = [r for r in runs if r.diagnosis.verdict == "cannot_judge"]
    notices: list[Json] = [
        *(_notice("unreadable", "error", u.reason, Whereabouts(u.path)) for u in report.unreadable),
        *(
            _notice("cannot_judge", "warning", f"{r.run.name} cannot be judged: {r.diagnosis.power}", _file(r))
            for r in unjudged
        ),
        *(_notice("not_checked", "note", text, _file(r)) for r in runs for text in _unchecked(r)),
        *(
            _notice(
                "skipped_lines",
                "note",
                f"{r.run.name}: {counted(r.run.skipped_lines, 'line')} could not be used.",
                _file(r),
            )
            for r in runs
            if r.run.skipped_lines
        ),
    ]
    return {"executionSuccessful": not report.incomplete(), "toolExecutionNotifications": notices}


def _file(report: RunReport) -> Whereabouts | None:
    return LogFiles(report.logs).find([])


def _unchecked(report: RunReport) -> list[str]:
    return [
        f"{report.run.name}: {gap.id} was not checked ({gap.reason}). {gap.log_next}"
        for gap in report.diagnosis.not_checked
    ]


def _notice(descriptor: str, level: str, text: str, where: Whereabouts | None) -> Object:
    return {
        "descriptor": {"id": descriptor},
        "level": level,
        "message": {"text": one_line(text)},
        **({"locations": [_physical(where)]} if where else {}),
    }
