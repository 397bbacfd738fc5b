"""What the commands do with runs that can be read."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from evals.samples import samples_path
from tests.agent.command import Command, command, separately

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def sample(number: int) -> Path:
    return samples_path() / f"run-{number}"


def test_debug_shows_the_verdict_the_findings_and_what_to_change(runwhy: Command) -> None:
    ran = runwhy("debug", sample(7))
    assert ran.status == 0
    for word in ("FAULTY", "run-7", "divergence", "train_loss", "learning rate", "NaN"):
        assert word in ran.out
    assert not ran.err


def test_debug_of_a_folder_lists_all_runs_and_the_broken_ones_first(runwhy: Command) -> None:
    rows = [line.split() for line in runwhy("debug", samples_path()).out.splitlines()]
    listed = [row for row in rows if row and row[0] in "✖✔?" and len(row) > 3 and row[1].isdigit()]
    assert len(listed) == 12
    verdicts = [row[3] for row in listed]
    assert verdicts == sorted(verdicts)
    assert ["✖", "7", "run-7", "faulty"] in [row[:4] for row in listed]


def test_debug_accepts_several_paths(runwhy: Command) -> None:
    assert {r["name"] for r in runwhy("debug", sample(7), sample(5), "--json").document["runs"]} == {"run-7", "run-5"}


def test_a_fault_fails_the_command_only_when_asked(runwhy: Command) -> None:
    assert runwhy("debug", sample(7)).status == 0
    assert runwhy("debug", sample(7), "--fail-on", "critical").status == 1
    assert runwhy("debug", sample(7), "--fail-on", "warning").status == 1
    assert runwhy("debug", sample(6), "--fail-on", "warning").status == 0


def test_not_having_read_everything_wins_over_having_found_a_fault(runwhy: Command, tmp_path: Path) -> None:
    ran = runwhy("debug", sample(7), tmp_path / "missing.csv", "--fail-on", "critical")
    assert ran.status == 2
    assert "run-7" in ran.out


def test_debug_writes_the_four_parts_of_a_report(runwhy: Command, tmp_path: Path) -> None:
    ran = runwhy("debug", samples_path(), "--output", tmp_path / "report.md")
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[:4] == [
        "## Overall assessment",
        "## Root cause",
        "## Specific recommendations",
        "## Priority actions",
    ]
    assert "run-7" in text
    assert str(tmp_path / "report.md") in ran.err


def test_a_report_that_cannot_be_written_is_said_in_one_line(runwhy: Command, tmp_path: Path) -> None:
    ran = runwhy("debug", sample(2), "--output", tmp_path / "no-such-folder" / "report.md")
    assert ran.status == 2
    assert "Traceback" not in ran.err
    assert "report.md" in ran.err


def test_a_report_may_be_json_but_not_anything(runwhy: Command, tmp_path: Path) -> None:
    document = runwhy("debug", sample(2), "--output", tmp_path / "r.json", "--json").document
    assert json.loads((tmp_path / "r.json").read_text()) == document
    ran = runwhy("debug", sample(2), "--output", tmp_path / "report.docx")
    assert ran.status == 2
    assert "Use .md, .html, .json, .sarif, .xml." in ran.err


def test_hyperparameters_can_be_given_by_hand_several_after_one_option(runwhy: Command, tmp_path: Path) -> None:
    shutil.copy(sample(7) / "metrics.jsonl", tmp_path / "alone.jsonl")
    ran = runwhy("debug", "--params", "lr=0.4", "optimizer=sgd", "nesterov=true", tmp_path / "alone.jsonl", "--json")
    assert ran.document["runs"][0]["params"] == {"lr": 0.4, "optimizer": "sgd", "nesterov": True}


def test_a_parameter_without_a_value_is_a_usage_error(runwhy: Command) -> None:
    ran = runwhy("debug", sample(2), "--params", "lr")
    assert ran.status == 2
    assert "key=value" in ran.err


def test_output_that_is_piped_has_no_escape_sequences(runwhy: Command) -> None:
    assert "\x1b" not in runwhy("debug", sample(7)).out


def test_list_shows_every_run(runwhy: Command) -> None:
    ran = runwhy("list", samples_path())
    assert ran.status == 0
    assert all(f"run-{n} " in ran.out for n in range(1, 13))
    assert len(runwhy("list", samples_path(), "--json").document["rows"]) == 12


def test_compare_shows_what_was_set_differently(runwhy: Command) -> None:
    ran = runwhy("compare", sample(6), sample(7))
    assert ran.status == 0
    row = next(line for line in ran.out.splitlines() if line.startswith("learning_rate"))
    assert row.split() == ["learning_rate", "0.06", "0.4"]


def test_compare_of_one_run_says_that_it_takes_two(runwhy: Command) -> None:
    ran = runwhy("compare", sample(6))
    assert ran.status == 2
    assert "two" in ran.err


def test_plot_writes_a_picture(runwhy: Command, tmp_path: Path) -> None:
    ran = runwhy("plot", samples_path(), "--out", tmp_path / "p.png", "--run", "6", "--run", "run 7")
    assert ran.status == 0
    assert (tmp_path / "p.png").read_bytes().startswith(PNG)
    runwhy("plot", sample(7), "--out", tmp_path / "g.png", "--metric", "grad_norm")
    assert (tmp_path / "g.png").read_bytes().startswith(PNG)


def test_plot_of_an_unknown_metric_names_what_is_logged(runwhy: Command, tmp_path: Path) -> None:
    ran = runwhy("plot", sample(7), "--out", tmp_path / "p.png", "--metric", "perplexity")
    assert ran.status == 2
    assert "train_loss" in ran.err
    assert not (tmp_path / "p.png").exists()


def test_sql_answers_over_the_views_and_has_the_findings(runwhy: Command) -> None:
    ran = runwhy("sql", samples_path(), "select count(*) as n from runs", "--json")
    assert ran.document["rows"] == [[12]]
    ran = runwhy("sql", sample(7), "select finding, onset_step from findings where finding = 'divergence'")
    header, row = ran.out.splitlines()
    assert header == "finding\tonset_step"
    assert row.split("\t")[0] == "divergence"


@pytest.mark.parametrize(
    "query", ["drop table runs", "select * from nothing", "copy runs to '/tmp/x.csv'", "select 1; select 2", "selec 1"]
)
def test_sql_that_is_not_one_select_over_the_views_is_refused_with_the_reason(runwhy: Command, query: str) -> None:
    ran = runwhy("sql", sample(7), query)
    assert ran.status == 2
    assert ran.err.startswith("runwhy: ")
    assert "Traceback" not in ran.err
    assert not ran.out


def test_sql_without_a_query_is_a_usage_error(runwhy: Command) -> None:
    assert runwhy("sql", sample(7)).status == 2


def test_explain_tells_the_playbook_and_guesses_at_typos(runwhy: Command) -> None:
    ran = runwhy("explain", "overfiting")
    assert ran.status == 0
    for heading in ("What it looks for", "When it is wrong", "What to change"):
        assert heading in ran.out


def test_explain_of_an_unknown_finding_names_the_known_ones(runwhy: Command) -> None:
    ran = runwhy("explain", "gremlins")
    assert ran.status == 2
    assert "divergence" in ran.err


def test_formats_names_every_format(runwhy: Command) -> None:
    from tools.formats import formats

    out = runwhy("formats").out
    assert all(known.name in out for known in formats())


def test_a_usage_error_exits_with_2(runwhy: Command) -> None:
    assert runwhy("debug").status == 2
    assert runwhy("no-such-command").status == 2
    assert runwhy("debug", sample(7), "--fail-on", "info").status == 2


def test_a_second_look_reads_nothing_again(runwhy: Command, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    shutil.copy(sample(3) / "log.csv", log)
    first = runwhy("debug", log, "--json")
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.parquet")}
    assert runwhy("debug", log, "--json") == first
    assert kept
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.parquet")} == kept


def test_a_pipe_that_is_closed_early_is_no_error(tmp_path: Path) -> None:
    process = separately("sql", sample(6), "select * from metrics", cache=tmp_path)
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait() in (0, 141)
    assert err == ""


def test_an_interrupt_ends_without_a_traceback(tmp_path: Path) -> None:
    # A background job of a shell starts with interrupts ignored.
    code = "import agent.commands.debug as d, signal, os; signal.signal(2, signal.default_int_handler); " + (
        "d.open_runs = lambda *_: os.kill(os.getpid(), signal.SIGINT); from agent.cli import main; main()"
    )
    process = separately("debug", "x", cache=tmp_path, code=code)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert "Traceback" not in err


def test_debug_loads_no_language_model_and_no_chat(tmp_path: Path) -> None:
    code = (
        "import sys; from agent.cli import app; app(standalone_mode=False); "
        "print([m for m in ('langchain', 'langchain_core', 'langgraph', 'chainlit', 'openai', 'matplotlib', 'pandas') "
        "if m in sys.modules], file=sys.stderr)"
    )
    process = separately("debug", sample(7), cache=tmp_path, code=code)
    _, err = process.communicate(timeout=60)
    assert err.strip() == "[]"


def test_help_loads_nothing_of_the_commands(tmp_path: Path) -> None:
    code = (
        "import sys; from agent.cli import app; app(['--help'], standalone_mode=False); "
        "print([m for m in ('numpy', 'duckdb', 'pydantic', 'agent.report') if m in sys.modules], file=sys.stderr)"
    )
    out, err = separately(cache=tmp_path, code=code).communicate(timeout=60)
    assert err.strip() == "[]"
    assert "debug" in out


def test_a_foreign_package_called_tools_is_named(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").touch()
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from agent.cli import main; main()"
    process = separately("formats", cache=tmp_path, code=code)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.splitlines() == [line for line in err.splitlines() if "hides runwhy's own package" in line]
