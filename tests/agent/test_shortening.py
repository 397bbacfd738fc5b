"""What goes to a model stays within its context, whatever it calls and however long the thread."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver

from agent.board import Entry
from agent.budget import CONTEXT_TOKENS, PROMPT_SHARE
from agent.evidence import fence
from agent.graph import as_tool, build_agent
from agent.hypotheses import ROOM as ROOM_OF_BOARD
from agent.hypotheses import short_table
from agent.instructions import ROOMY, Instructions
from agent.shortening import shortened
from agent.tokens import tokens_in, tokens_of, tokens_of_tools
from agent.ways import Ways
from tests.agent.toys import ScriptedModel, call, converse, fresh_turn, scripted, turn_of
from tools.errors import ToolError
from tools.results import Result
from tools.store import Store
from tools.toolbox import Toolbox

QUESTION = "why did run 7 diverge?"
ROOM = int(CONTEXT_TOKENS * PROMPT_SHARE)
RUNS = [str(number) for number in range(1, 13)]
CALLS: list[tuple[str, dict[str, Any]]] = [
    *(("list_runs", {}), ("suggest_next", {"run": "7"}), ("explain_finding", {"finding": "divergence"})),
    *((name, {"run": run}) for run in RUNS for name in ("describe_run", "diagnose", "foresee", "read_log")),
    *(("compare_runs", {"runs": runs}) for runs in (RUNS[:8], ["6", "7"])),
    *(("plot_metric", {"metrics": ["train_loss", "grad_norm"], "runs": runs}) for runs in (["all"], ["7"])),
    ("query_metrics", {"sql": "select * from metrics where run = 'run-7' order by seq desc limit 200"}),
    ("query_metrics", {"sql": "select 'ход обучения', '訓練損失', value from metrics limit 40"}),
    ("query_metrics", {"sql": "select repeat('学習率 ', 400) as wide from metrics limit 10"}),
    ("query_metrics", {"sql": "select nothing"}),
    ("weigh_hypothesis", {"run": "7", "cause": "lr"}),
]


class Remembering(Toolbox):
    """Returns what it returned before, so that thousands of calls take no time."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.known: dict[str, Result | ToolError] = {}

    def functions(self) -> tuple[Callable[..., Result], ...]:
        return tuple(map(self._kept, super().functions()))

    def _kept(self, function: Callable[..., Result]) -> Callable[..., Result]:
        @wraps(function)
        def kept(**given: Any) -> Result:
            key = f"{function.__name__} {given}"
            if key not in self.known:
                try:
                    self.known[key] = function(**given)
                except ToolError as error:
                    self.known[key] = error
            if isinstance(known := self.known[key], ToolError):
                raise known
            return known

        return kept


@pytest.fixture(scope="module")
def toolbox(sample_store: Store) -> Remembering:
    return Remembering(sample_store)


def rounds(chance: random.Random) -> Iterator[list[Any]]:
    """Up to ten calls, some of them at once."""
    left = chance.randint(1, 10)
    while left > 0:
        chosen = chance.choices(CALLS, k=min(left, chance.choice((1, 1, 1, 2, 3, 10))))
        left -= len(chosen)
        yield [call(name, **given) for name, given in chosen]


def prompts(model: ScriptedModel, toolbox: Toolbox, context: int = CONTEXT_TOKENS) -> list[int]:
    tools = [as_tool(function) for function in toolbox.functions()]
    manual = tokens_of_tools(tools if context >= ROOMY else Instructions("", "", tools).tools_in_short)
    return [
        tokens_of(*heard) + (manual if offered else 0)
        for heard, offered in zip(model.heard, model.offered, strict=True)
    ]


@pytest.mark.parametrize(
    ("seed", "context"), [(seed, (8_000, 6_000, 20_000, 4_096, 3_000)[seed % 5]) for seed in range(12)]
)
async def test_no_sequence_of_calls_makes_a_prompt_that_is_too_long(
    toolbox: Remembering, seed: int, context: int
) -> None:
    chance = random.Random(seed)
    agent_of = [list(rounds(chance)) for _ in range(3)]
    replies: list[Any] = [reply for one in agent_of for reply in [*one, "Run 7 diverged. " * chance.choice((1, 400))]]
    model = scripted(*replies)
    agent = build_agent(model, toolbox, 16, scripted("offline"), InMemorySaver())
    for _ in agent_of:
        room = replace(fresh_turn(model_calls=16), ways=Ways(context))
        turn = turn_of(await converse(agent, QUESTION, room))
        assert turn.answer.startswith("Run 7 diverged."), "the script was followed"
    assert max(prompts(model, toolbox, context)) <= context * PROMPT_SHARE
    assert all(_is_paired(heard) for heard in model.heard)


def _is_paired(messages: Sequence[BaseMessage]) -> bool:
    """Whether each call has its result right behind it, and no result stands alone."""
    waiting: list[str] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in waiting:
                return False
            waiting.remove(message.tool_call_id)
        elif waiting:
            return False
        elif isinstance(message, AIMessage):
            waiting = [str(one["id"]) for one in message.tool_calls]
    return not waiting


async def test_an_answer_is_proved_by_what_was_too_long_to_be_sent_again(toolbox: Remembering) -> None:
    wide = call("query_metrics", sql="select * from metrics where run = 'run-7' order by seq desc limit 200")
    rows = call(
        "query_metrics", sql="select step, value from metrics where run = 'run-6' and role = 'train_loss' limit 40"
    )
    model = scripted(rows, wide, wide, wide, "placeholder")
    agent = build_agent(model, toolbox, 16, scripted("offline"), InMemorySaver())
    await converse(agent, QUESTION)
    sent = [str(message.content) for message in model.heard[-1]]
    first = str(model.heard[1][-1].content)
    last_row = first.splitlines()[-2]
    step, value = last_row.split(" [")[0].split(" | ")
    assert last_row not in "".join(sent), "it was cut by now"
    model.replies[:] = [AIMessage(f"run-6 had a train_loss of {value} at step {step}.")]
    assert turn_of(await converse(agent, "and run-6?")).ungrounded_numbers == ()


def result(n: int, text: str) -> list[AnyMessage]:
    asked = AIMessage("", tool_calls=[{"name": "diagnose", "args": {"run": "7"}, "id": f"c{n}"}])
    return [asked, ToolMessage(fence("diagnose", text), tool_call_id=f"c{n}", name="diagnose")]


def lines(n: int) -> str:
    return "\n".join(f"value {i} of call {n} | {i} | {i * n}" for i in range(60))


def test_the_newest_result_is_whole_and_older_ones_keep_their_first_lines() -> None:
    messages = [HumanMessage(QUESTION), *(m for n in range(5) for m in result(n, lines(n)))]
    sent = shortened(messages, 2200)
    assert tokens_of(*sent) <= 2200 < tokens_of(*messages)
    assert sent[-1] == messages[-1]
    for message in sent[2:-2:2]:
        assert isinstance(message, ToolMessage)
        assert "value 0 of call" in message.text
        assert "more characters; the same call shows them again]\n</tool_result>" in message.text
    assert [m.tool_calls for m in sent[1::2] if isinstance(m, AIMessage)] == [m.tool_calls for m in messages[1::2]]  # type: ignore[union-attr]


def test_no_row_of_a_table_is_cut_in_two() -> None:
    sent = shortened([HumanMessage(QUESTION), *result(1, lines(1)), *result(2, "short")], 400)
    kept = sent[2].text.splitlines()[1:-2]
    assert len(kept) > 2
    assert all(line in lines(1).splitlines() for line in kept)


def test_of_results_that_came_at_once_the_small_ones_are_whole() -> None:
    calls = [{"name": "diagnose", "args": {}, "id": f"c{n}"} for n in range(3)]
    texts = [lines(1), "few words", lines(2)]
    results = [ToolMessage(fence("diagnose", t), tool_call_id=f"c{n}", name="diagnose") for n, t in enumerate(texts)]
    sent = shortened([HumanMessage(QUESTION), AIMessage("", tool_calls=calls), *results], 900)
    assert sent[3] == results[1]
    assert tokens_of(*sent) <= 900
    assert abs(tokens_of(sent[2]) - tokens_of(sent[4])) < 60, "the others share alike"


def test_calls_that_do_not_even_fit_as_notes_are_told_of() -> None:
    messages = [HumanMessage(QUESTION), *(m for n in range(80) for m in result(n, lines(n)))]
    sent = shortened(messages, 1500)
    assert tokens_of(*sent) <= 1500
    assert "were left out for want of room: diagnose (" in sent[1].text
    assert sent[-1].text.startswith("<tool_result")
    assert _is_paired(sent)


def test_what_a_model_says_beside_its_calls_takes_no_room_from_results() -> None:
    call, answer = result(1, lines(1))
    talkative = call.model_copy(update={"content": "First I will look at everything. " * 600})
    sent = shortened([HumanMessage(QUESTION), talkative, answer], 2000)
    assert tokens_of(*sent) <= 2000
    assert sent[1].text.startswith("First I will look")
    assert sent[-1] == answer


def test_names_that_are_long_do_not_let_the_board_fill_the_prompt() -> None:
    def row(i: int, run: str) -> Entry:
        return Entry(id=f"h{i}", run=run, cause="divergence", status="supported", why="", support=[], against=[])

    long = short_table([row(i, "学習率" * 50) for i in range(12)])
    assert tokens_in(long) <= ROOM_OF_BOARD
    assert long.splitlines()[1].startswith("h0 | 学習率")
    assert len(short_table([row(i, "run-7") for i in range(12)]).splitlines()) == 13


def test_a_whole_log_pasted_into_a_question_leaves_room_for_results() -> None:
    pasted = HumanMessage(f"what does this mean? {'Traceback: CUDA out of memory ' * 2000}")
    sent = shortened([pasted, *result(1, lines(1))], 3000)
    assert tokens_of(*sent) <= 3000
    assert sent[0].text.startswith("what does this mean?")
    assert sent[0].text.endswith("more characters]")
    assert sent[-1].text.count("\n") > 40


async def test_a_draft_goes_back_beside_the_results_that_it_is_to_be_corrected_by(toolbox: Remembering) -> None:
    rows = call("query_metrics", sql="select * from metrics where run = 'run-7' order by seq desc limit 200")
    model = scripted(rows, rows, f"It was 123.456 at step 31337. {'And so on. ' * 900}", "The data does not say.")
    agent = build_agent(model, toolbox, 16, scripted("offline"), InMemorySaver())
    await converse(agent, QUESTION)
    corrected = model.heard[-1]
    assert max(prompts(model, toolbox)) <= ROOM
    assert [m.type for m in corrected] == ["system", "human", "ai", "tool", "ai", "tool", "ai", "human"]
    assert "123.456" in corrected[-2].text
    assert "31337" in corrected[-1].text
    assert corrected[-3].text.count("\n") > 10, "what proves the next draft is still there"


@pytest.mark.parametrize("text", ["為什麼第七次訓練發散了", "почему разошлось", "🔥📉", "ስልጠናው", "naïve"])
def test_letters_of_other_scripts_count_as_the_bytes_that_no_tokenizer_exceeds(text: str) -> None:
    foreign = "".join(letter for letter in text if not letter.isascii())
    assert tokens_in(text) >= len(foreign.encode())


def test_a_number_counts_as_the_pieces_that_tokenizers_make_of_it() -> None:
    assert tokens_in("1234567") == 7
    assert tokens_in("0.965333 at step 50") == 13
    assert tokens_in("") == 0
