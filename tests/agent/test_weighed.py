"""The board as people read it: one row for what is the same, and nothing that a log could break out of."""

from __future__ import annotations

from agent.board import Entry
from agent.weighed import MOST_ROWS, as_markdown


def entry(cause: str, status: str, why: str, run: str = "run-7", support: tuple[str, ...] = ()) -> Entry:
    return {"id": "h1", "run": run, "cause": cause, "status": status, "why": why, "support": [*support], "against": []}  # type: ignore[typeddict-item]


def test_causes_of_one_run_are_rows_with_what_speaks_for_and_against_them() -> None:
    shown = as_markdown(
        [
            entry("lr_too_high", "supported", "found", support=("e1", "e2", "e3", "e4")),
            entry("fp16_overflow", "untestable", "missing: loss_scale"),
            entry("missing_warmup", "refuted", "looked for and not found"),
            entry("loss_spike", "refuted", "looked for and not found"),
        ]
    )
    assert shown.splitlines() == [
        "**Causes weighed for run-7:**",
        "",
        "| cause | state | for | against |",
        "| --- | --- | --- | --- |",
        "| lr too high | supported | found [e1, e2, e3] | – |",
        "| fp16 overflow | untestable (missing: loss_scale) | – | – |",
        "| missing warmup, loss spike | refuted | – | looked for and not found |",
    ]


def test_runs_for_which_the_same_was_said_share_a_row() -> None:
    board = [entry("lr", "supported", "beyond 0.2", run, ("e9",)) for run in ("run-1", "run-2")]
    assert "| run-1, run-2 | lr | supported | beyond 0.2 [e9] | – |" in as_markdown(
        [*board, entry("x", "refuted", "y")]
    )


def test_a_long_board_is_cut_and_says_so() -> None:
    board = [entry(f"c{i}", "supported", f"for reason {i}", support=("e1",)) for i in range(MOST_ROWS + 2)]
    assert "2 more rows" in as_markdown(board)


def test_a_cause_from_a_log_stays_in_its_cell() -> None:
    shown = as_markdown([entry("a | b\n# c", "supported", "<img> | x")])
    assert len(shown.splitlines()) == 5
    assert "\\| b" in shown
    assert as_markdown([]) == ""
