"""The question about run 7 fits a small context whatever the length of the run, counted on real requests."""

from pathlib import Path

from evals.room import LIMIT, Room, measure, said, tokens_in


def test_a_long_run_takes_hardly_more_room_than_a_short_one_and_both_fit(tmp_path: Path) -> None:
    short, long = measure(tmp_path, (300, 10_000))
    assert short.fits, said(short)
    assert long.fits, said(long)
    assert long.tokens < 1.2 * short.tokens
    assert short.prompts == long.prompts == 3


def test_everything_that_a_model_reads_is_counted() -> None:
    message = {"role": "user", "content": "why did run 7 diverge?"}
    tool = {"type": "function", "function": {"name": "diagnose", "description": "What is wrong with a run."}}
    alone = tokens_in({"messages": [message]})
    assert 10 < alone < 30
    assert tokens_in({"messages": [message], "tools": [tool]}) > alone + 15


def test_what_does_not_fit_is_said() -> None:
    assert "DOES NOT FIT" in said(Room(10, LIMIT, 1))
