"""The report as a page, as SARIF, as JUnit and as a comment: the same facts, and no log acts in any of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from jsonschema import Draft4Validator

from agent.comment import MARK, as_comment
from agent.junit import as_junit
from agent.markdown import as_markdown
from agent.page import as_page
from agent.report import Report, RunReport, judge_all, with_advice, with_plots
from agent.sarif import as_sarif
from agent.whereabouts import LogFiles, Whereabouts
from evals.samples import samples_path
from tests.agent.command import Command, command
from tests.agent.test_report import ROOT, judged
from tools.detectors import detectors
from tools.records import Evidence, Run, Unreadable
from tools.store import Store

SCHEMA = Path(__file__).resolve().parents[1] / "fixtures" / "schemas" / "sarif-2.1.0.json"
TAG = "evil</script><img src=http://evil/x.png onerror=alert(1)>"
EVIL = f"{TAG}![a](http://evil/b.png)[c](javascript:d) @someone \x1b\x0b"
UNREAD = Unreadable("/logs/odd name.bin", "a binary file")


@pytest.fixture(scope="module")
def sample_report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    """Runs 2 (healthy), 5 and 7 (faulty) as debug judges them, curves and all."""
    with Store(tmp_path_factory.mktemp("store")) as store:
        taken = store.ingest([samples_path() / f"run-{n}" for n in (2, 5, 7)])
        report = Report(with_advice(store, judge_all(store, taken.runs, {})), taken.unreadable)
        yield with_plots(store, report, 1)


@pytest.fixture(scope="module")
def sample_page(sample_report: Report) -> str:
    return as_page(sample_report)


@pytest.fixture
def evil_report() -> Report:
    finding = replace(ROOT, metric=EVIL, summary=f"{EVIL} is bad.", evidence=(Evidence(EVIL, 59, 1.2),))
    run = judged(name=EVIL, findings=(finding,))
    unsure = judged("cannot_judge", (), "short")
    return Report((run, unsure, judged("healthy", (), "fine")), (replace(UNREAD, reason=EVIL),), analysis=EVIL)


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_has_the_parts_of_the_report_and_a_drawing_below_each_run_that_has_one(sample_page: str) -> None:
    page = Page(sample_page)
    assert (
        page.words.index("Overall assessment") < page.words.index("Root cause") < page.words.index("Priority actions")
    )
    assert page.tags.count("figure") == 1
    assert page.tags.count("svg") == 2, "drawn for a wide and for a narrow screen"
    assert re.search(r"<h3>run-5</h3>\s*<figure", sample_page)
    assert "train_loss" in page.words
    assert ("class", "verdict faulty") in page.attributes


def test_plots_of_runs_without_a_finding_stand_at_the_end(sample_report: Report) -> None:
    healthy = tuple(r for r in sample_report.runs if r.run.name == "run-2")
    shown = replace(healthy[0], plot=sample_report.worst_first()[0].plot)
    assert re.search(r"<h2>Curves</h2>\s*<h3>run-2</h3>\s*<figure", as_page(replace(sample_report, runs=(shown,))))


def test_two_runs_of_one_name_keep_a_drawing_each(sample_report: Report) -> None:
    one = sample_report.worst_first()[0]
    other = replace(one, run=replace(one.run, run="other/run-5"))
    page = Page(as_page(replace(sample_report, runs=(one, other))))
    assert page.tags.count("figure") == 2


def test_the_page_asks_nobody_for_anything_and_has_both_themes(sample_page: str) -> None:
    text = sample_page
    assert "default-src &#x27;none&#x27;" in text
    assert set(Page(text).tags) & {"script", "link", "img", "iframe", "object", "a"} == set()
    loaded = [v for name, v in Page(text).attributes if name in ("src", "href", "xlink:href", "action", "data")]
    assert all(value and value.startswith("#") for value in loaded)
    assert "prefers-color-scheme: dark" in text
    assert "@import" not in text
    assert set(re.findall(r"url\((.)", text)) <= {"#"}


def test_every_id_that_a_drawing_refers_to_is_its_own(sample_page: str) -> None:
    ids = re.findall(r'<(?:clipPath|path) id="([^"]+)"', sample_page)
    assert len(ids) == len(set(ids)) > 0


def test_nothing_of_a_log_becomes_html(evil_report: Report) -> None:
    text = as_page(evil_report)
    page = Page(text)
    assert not {"img", "script", "a"} & set(page.tags)
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "evil</script><img src=http" in page.words


def test_a_picture_in_a_log_is_no_picture_in_markdown(evil_report: Report) -> None:
    assert not re.search(r"(?<!\\)!\[", as_markdown(evil_report))
    assert not re.search(r"(?<!\\)\]\((?:http|javascript)", as_markdown(evil_report))


def valid(report: Report) -> Any:
    document = json.loads(as_sarif(report))
    Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    return document["runs"][0]


def test_sarif_is_valid_and_has_a_rule_with_help_for_each_detector(sample_report: Report) -> None:
    rules = valid(sample_report)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [one.id for one in detectors()]
    assert all("What it looks for" in rule["help"]["markdown"] for rule in rules)


def test_sarif_points_to_the_line_of_the_log_at_which_the_trouble_starts(
    sample_report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(samples_path())
    run = valid(sample_report)
    found = {result["ruleId"]: result for result in run["results"]}
    place = found["divergence"]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": "run-7/metrics.jsonl", "uriBaseId": "%SRCROOT%"}
    line = place["physicalLocation"]["region"]["startLine"]
    step = found["divergence"]["properties"]["onset_step"]
    assert f'"step": {step},' in (samples_path() / "run-7" / "metrics.jsonl").read_text().splitlines()[line - 1]
    assert place["logicalLocations"][0]["fullyQualifiedName"] == f"run-7 / train_loss / step {step}"
    assert run["tool"]["driver"]["rules"][found["divergence"]["ruleIndex"]]["id"] == "divergence"


def test_sarif_levels_follow_the_severity(sample_report: Report) -> None:
    levels = {"critical": "error", "warning": "warning", "info": "note"}
    severities = {f.id: f.severity for r in sample_report.runs for f in r.diagnosis.findings}
    results = valid(sample_report)["results"]
    assert {result["level"] for result in results} >= {"error", "warning"}
    assert all(result["level"] == levels[severities[result["ruleId"]]] for result in results)


def test_epochs_are_called_epochs_in_every_report(sample_report: Report) -> None:
    told = as_sarif(sample_report)
    assert "loss at epoch 119: 3.6" in told
    assert "grad_norm at step 396: " in told
    assert "| val_loss | epoch 119 | 1.29744 |" in as_markdown(sample_report)


def test_sarif_tells_of_what_was_not_judged_and_never_says_none(evil_report: Report) -> None:
    run = valid(evil_report)
    [invocation] = run["invocations"]
    kinds = {notice["descriptor"]["id"]: notice["level"] for notice in invocation["toolExecutionNotifications"]}
    assert kinds == {"unreadable": "error", "cannot_judge": "warning", "not_checked": "note", "skipped_lines": "note"}
    assert invocation["executionSuccessful"] is False
    assert all(result["level"] != "none" and result.get("kind", "fail") == "fail" for result in run["results"])


def test_a_suppressed_finding_is_in_sarif_with_its_reason() -> None:
    from tools.records import Diagnosis, Suppressed

    diagnosis = Diagnosis("run-7", "healthy", (), (), suppressed=(Suppressed(ROOT, "short on purpose"),))
    [result] = valid(Report((replace(judged(), diagnosis=diagnosis),), ()))["results"]
    assert result["suppressions"][0]["justification"] == "short on purpose"


def test_the_crash_of_a_run_is_at_the_line_that_tells_of_it() -> None:
    from tools.records import Crash

    run = judged(findings=(replace(ROOT, id="crash", evidence=()),))
    crashed = replace(run, run=replace(run.run, crash=Crash("cuda_oom", "out of memory", 12, "train.log")))
    [result] = valid(Report((replace(crashed, logs=("/logs/a.csv", "/logs/train.log")),), ()))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("file:///logs/train.log", 12)


@pytest.mark.parametrize(
    ("text", "evidence", "line"),
    [
        ("step,loss\n59,1.25\n60,84.5\n", Evidence("loss", 60, 84.5), 3),
        ("60 0.5\n84.5 60\n", Evidence("loss", 60, 84.5), 2),
        ("step 60 loss nan\nstep 61 loss nan\n", Evidence("loss", 61, float("nan")), 2),
        ('"loss": 0.30125,\n"step": 60\n', Evidence("loss", 60, 0.30125), 1),
        ("1,1\n2,2\n", Evidence("loss", 2, 2.0), 2),
        ("2,0.5\n", Evidence("loss", 2, 2.0), None),
        ("0.30125\n0.30125\n", Evidence("loss", 60, 0.30125), None),
        ("epoch 1 loss 0.3\n", Evidence("loss", 60, 0.3), None),
    ],
)
def test_a_line_is_named_only_where_the_value_is_surely_that_one(
    tmp_path: Path, text: str, evidence: Evidence, line: int | None
) -> None:
    file = tmp_path / "log.txt"
    file.write_text(text)
    assert LogFiles([str(file)]).find([evidence]) == Whereabouts(str(file), line)


def test_a_file_that_is_gone_or_binary_is_named_without_a_line(tmp_path: Path) -> None:
    (tmp_path / "events").write_bytes(b"60 84.5\0\n")
    for name in ("events", "gone"):
        assert LogFiles([str(tmp_path / name)]).find([Evidence("loss", 60, 84.5)]) == Whereabouts(str(tmp_path / name))
    assert LogFiles([]).find([Evidence("loss", 60, 84.5)]) is None


def test_junit_fails_faulty_runs_skips_those_nobody_can_judge_and_errs_for_unreadable_paths(
    evil_report: Report,
) -> None:
    suite = Xml.fromstring(as_junit(evil_report))
    assert {k: suite.get(k) for k in ("tests", "failures", "skipped", "errors")} == {
        "tests": "4", "failures": "1", "skipped": "1", "errors": "1",
    }  # fmt: skip
    outcomes = [[child.tag for child in case] for case in suite.iter("testcase")]
    assert outcomes == [["failure"], ["skipped"], [], ["error"]]
    [failure] = suite.iter("failure")
    assert failure.get("type") == "exploding_gradients"
    assert "since step 60 (epoch 1.5)" in (failure.text or "")


def test_what_is_worth_knowing_fails_no_run_in_junit() -> None:
    run = judged("healthy", (replace(ROOT, severity="info"),), "fine")
    [case] = Xml.fromstring(as_junit(Report((run,), ()))).iter("testcase")
    assert [child.tag for child in case] == ["system-out"]


def many(n: int) -> tuple[RunReport, ...]:
    return tuple(judged(name=f"run-{i}") for i in range(n))


def test_the_comment_is_short_whatever_the_number_of_runs_and_can_be_found_again() -> None:
    text = as_comment(Report(many(500), (UNREAD,)))
    assert text.startswith(MARK)
    assert len(text) < 4000
    assert "500 faulty of 500 runs" in text
    assert "490 more runs" in text
    assert "1 path could not be read" in text


def test_the_comment_folds_away_what_was_seen() -> None:
    text = as_comment(Report(many(2), ()))
    table, _, folded = text.partition("<details>\n<summary>What was seen</summary>\n\n")
    assert ROOT.summary not in table
    assert f"- **run-1**: {ROOT.summary} ({ROOT.evidence[0].metric} " in folded
    assert folded.rstrip().endswith("</details>")


def test_the_comment_names_what_could_not_be_judged_and_is_silent_about_healthy_runs() -> None:
    text = as_comment(Report((judged("cannot_judge", (), "short"), judged("healthy", (), "fine")), ()))
    assert "| short | cannot be judged |" in text
    assert "fine" not in text
    assert "1 cannot be judged, 1 healthy of 2 runs" in text
    assert "nothing is judged" in as_comment(Report((), (UNREAD,)))


def test_a_comment_calls_nobody_and_loads_nothing(evil_report: Report) -> None:
    text = as_comment(evil_report)
    assert "@someone" not in text
    assert "http://" not in text
    assert not re.search(r"(?<!\\)[!\[]\[|(?<!\\)<img", text)


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def test_one_command_writes_all_kinds_of_reports(runwhy: Command, tmp_path: Path) -> None:
    files = [tmp_path / f"report{suffix}" for suffix in (".md", ".html", ".json", ".sarif", ".xml")]
    outputs = [word for file in files for word in ("--output", file)]
    ran = runwhy("debug", samples_path() / "run-7", *outputs, "--summary", tmp_path / "comment.md")
    assert ran.status == 0
    assert all("exploding_gradients" in file.read_text(encoding="utf-8") for file in files)
    assert (tmp_path / "comment.md").read_text(encoding="utf-8").startswith(MARK)
    assert ran.err.count(" written to ") == 6


def test_a_run_is_a_run_of_no_project_in_junit_too() -> None:
    run = judged()
    named = replace(run, run=replace(Run("a/run-7", 7, "run-7", "/x", "csv"), project="vision"))
    names = [
        (c.get("classname"), c.get("name"))
        for r in (run, named)
        for c in Xml.fromstring(as_junit(Report((r,), ()))).iter("testcase")
    ]
    assert names == [("runwhy", "run-7"), ("vision", "a/run-7")]
