"""The question about run 7 fits a small context whatever the length of the run, counted on real requests."""

from pathlib import Path

from evals.room import LIMIT, SCRIPTS, Room, measure, said, tokens_in


def test_the_question_fits_whatever_is_called_to_answer_it(tmp_path: Path) -> None:
    rooms = measure(tmp_path, (300,))
    assert {room.script for room in rooms} == set(SCRIPTS)
    assert [said(room) for room in rooms if not room.fits] == []
    assert all(room.prompts == len(SCRIPTS[room.script]) + 1 for room in rooms)
    assert {room.limit for room in rooms} == {6_000, 3_072}
    assert min(room.tokens / room.limit for room in rooms) > 0.8, "the results fill the room that there is"


def test_everything_that_a_model_reads_is_counted() -> None:
    message = {"role": "user", "content": "why did run 7 diverge?"}
    tool = {"type": "function", "function": {"name": "diagnose", "description": "What is wrong with a run."}}
    alone = tokens_in({"messages": [message]})
    assert 10 < alone < 40
    assert tokens_in({"messages": [message], "tools": [tool]}) > alone + 15


def test_what_does_not_fit_is_said() -> None:
    assert "DOES NOT FIT" in said(Room(10, LIMIT + 1, 1))
