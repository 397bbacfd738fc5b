"""A report as JUnit XML, for build servers: a test case for each run. What was not judged has not passed."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from agent.baseline import against_words
from agent.phrases import one_line, printable, role_or_severity, since
from agent.report import Report, RunReport
from tools.records import Finding, Unreadable


def as_junit(report: Report) -> str:
    """Faulty runs fail, with the root cause as message (against a baseline: those with something new); those nobody can
    judge are skipped; unread paths are errors."""
    suite = Xml.Element("testsuite", name="runwhy")
    for run in report.runs:
        _run_case(suite, run)
    for unreadable in report.unreadable:
        _unreadable_case(suite, unreadable)
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.set("tests", str(len(suite)))
    for attribute, tag in counted.items():
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
    suites = Xml.Element("testsuites", {"name": "runwhy", **{k: v for k, v in suite.attrib.items() if k != "name"}})
    suites.append(suite)
    Xml.indent(suites)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _run_case(suite: Xml.Element, report: RunReport) -> None:
    run, diagnosis = report.run, report.diagnosis
    case = Xml.SubElement(suite, "testcase", classname=one_line(run.project) or "runwhy", name=one_line(run.run))
    case.set("time", f"{_seconds(report):.3f}")
    notes = [_written(f) for f in diagnosis.findings]
    head = report.headline or next(iter(diagnosis.findings), None)
    held = report.against
    if held is not None and (held.new or held.regressed) and held.at_or_above("warning"):
        failure = Xml.SubElement(case, "failure", type="baseline", message=against_words(held))
        failure.text = "\n\n".join(notes)
    elif held is None and diagnosis.verdict == "faulty" and head is not None:
        failure = Xml.SubElement(case, "failure", type=head.id, message=one_line(head.summary))
        failure.text = "\n\n".join(notes)
    elif diagnosis.verdict == "cannot_judge":
        Xml.SubElement(case, "skipped", message=one_line(f"cannot be judged: {diagnosis.power}"))
    if notes and not len(case):
        Xml.SubElement(case, "system-out").text = "\n\n".join(notes)


def _seconds(report: RunReport) -> float:
    started, ended = report.run.started_at, report.run.ended_at
    return max(0.0, ended - started) if started is not None and ended is not None else 0.0


def _written(finding: Finding) -> str:
    at = f", since {since(finding)}" if since(finding) else ""
    head = f"{finding.id} ({role_or_severity(finding)}{at})"
    return "\n".join(
        _lines(text) for text in (head, finding.summary, f"Fix: {finding.fix}" if finding.fix else "") if text
    )


def _lines(text: str) -> str:
    """Text without the characters that XML has no way to write."""
    return "\n".join(one_line(line) for line in printable(text).splitlines())


def _unreadable_case(suite: Xml.Element, unreadable: Unreadable) -> None:
    case = Xml.SubElement(suite, "testcase", classname="runwhy", name=one_line(unreadable.path), time="0.000")
    Xml.SubElement(case, "error", type="unreadable", message=one_line(unreadable.reason))
