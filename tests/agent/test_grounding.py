"""What counts as traced to a tool result, and that nothing else does."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agent.evidence import fence
from agent.graph import as_tool
from agent.grounding import MARK, find_ungrounded, mark
from agent.grounding.facts import facts_of
from tests.agent.toys import ToyToolbox
from tools.records import Run
from tools.results import RunList, RunRow


def result(text: str, data: Mapping[str, object] | None = None) -> ToolMessage:
    artifact = {"result": {"kind": "LogExcerpt", "text": text, **(data or {})}, "evidence": []}
    return ToolMessage(fence("query_metrics", text), tool_call_id="c", name="query_metrics", artifact=artifact)


THREAD: list[BaseMessage] = [
    HumanMessage("why did run 7 diverge, and is lr 0.4 too high?"),
    result("train_loss 2.3142 at step 1200, 48.654 at step 1812; val_accuracy 0.8743; 1234567 tokens; 0.25 seconds"),
    result("mem 8589934592; lr 3e-05; best 0.1 at step 90; started 2026-11-23 10:15:00"),
    result("", {"run": "run-7", "runs": ["run-7", "run-12"], "number": 7, "lr": 0.4, "batch_size": 32}),
]


def loose(answer: str, thread: list[BaseMessage] | None = None) -> list[str]:
    return [item.text for item in find_ungrounded(answer, facts_of(THREAD if thread is None else thread))]


@pytest.mark.parametrize(
    "answer",
    [
        "The loss rose from 2.31 to 48.7.",
        "It was 48.654, then 2.3142; rounded 49, and 48.65.",
        "At step 1,812 and at step 1812, at step-1812.",
        "About 1,800 steps, some 1.8k, roughly 1.2M tokens.",
        "Accuracy reached 87.4%, that is 0.874 or 87 percent.",
        "A batch took 250 ms, or 0.25 s.",
        "It held 8 GiB, that is 8.6 GB.",
        "The rate was 3e-5, or 3 × 10^-5, 3·10⁻⁵, 0.00003.",
        "From 2.3142 to 48.654 it grew 21-fold, a factor of 21, by 46.3.",
        "It took from step 1200 to step 1812, 612 steps later.",
        "The loss is 95% lower at 2.3142 than at 48.654.",
        "-0.1 is the best value.",
        "run-7, run 7, Run 7, #7 and run-12 [e1].",
        "You asked about 0.4.",
        "It began on 2026-11-23 at 10:15:00.",
        "1. First\n2. Second\n\n## 3. What to do",
        "resnet18, fp16, layer3.conv1, v2 and adam_8bit are names.",
        "| run | loss |\n|---|---|\n| run-7 | 48.65 |",
        "Steps 1200-1812 and 1200–1812.",
        "It became NaN.",
    ],
)
def test_what_was_logged_may_be_said_in_many_ways(answer: str) -> None:
    assert loose(re.sub(r"\[e1\]", "", answer)) == []


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("| # | run |\n|---|---|\n| 7 | run-7 |", []),
        ("| # | run |\n|---|---|\n| 12 | run-7 |", ["12"]),
        ("run-7 ran for **7.692 epochs, 1,200 steps**.", []),
        ("run-7 ran for **7.692 epochs, 1,300 steps**.", ["1,300"]),
        ("run-7 ran for 7.9 epochs.", ["7.9"]),
        ("The best came at epoch 1.282 of 7.692.", []),
        ("The best came at epoch 1.282 of 7.1.", ["7.1"]),
    ],
)
def test_the_number_of_a_run_and_its_length_are_known(answer: str, wrong: list[str]) -> None:
    row = {"run": "run-7", "number": 7, "best_epoch": 1.282, "last_epoch": 7.692, "last_step": 1200}
    assert loose(answer, [HumanMessage("status"), result("", row)]) == wrong


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("The loss rose to 48.8.", "48.8"),
        ("The loss rose to 47.", "47"),
        ("It was 2.32.", "2.32"),
        ("At step 1,813.", "1,813"),
        ("at step-1813", "1813"),
        ("Accuracy reached 87.5%.", "87.5%"),
        ("About 1,900 steps.", "1,900"),
        ("It held 9 GiB.", "9 GiB"),
        ("3 × 10^-4", "3 × 10^-4"),
        ("From 2.3142 to 48.654 it grew 31-fold.", "31-fold"),
        ("From step 1200 to step 1812, 712 steps later.", "712"),
        ("A factor of 21.", "21"),
        ("run-9 ended.", "run-9"),
        ("Run 9 ended.", "Run 9"),
        ("| run-7 | 48.75 |", "48.75"),
        ("```\nloss: 48.75\n```", "48.75"),
        ("It broke 3 epochs in.", "3"),
        ("The learning rate was lowered from 0.7.", "0.7"),
        ("See [e99].", "[e99]"),
        ("On 2026-11-24.", "2026-11-24"),
        ("At 11:15:00.", "11:15:00"),
    ],
)
def test_what_nobody_logged_is_caught(answer: str, wrong: str) -> None:
    assert loose(answer) == [wrong]


FIX: list[BaseMessage] = [
    result(
        "",
        {
            "run": "run-7",
            "params": {"lr": 0.4, "batch_size": 32},
            "fix": "Lower the learning rate from 0.4 to 0.04 (at most 0.13), warm it up over the first 200 steps, "
            "clip the gradient norm at 1.0.",
            "suggestions": [{"param": "weight_decay", "current": 0.0, "proposed": 0.01, "reason": "it overfits"}],
        },
    )
]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("Lower the learning rate from 0.4 to 0.04.", []),
        ("Lower the learning rate from 0.4 to 0.05.", ["0.05"]),
        ("Lower the learning rate from 0.3 to 0.04.", ["0.3"]),
        ("- **Clip** the gradient norm at 1.0 and warm up over 200 steps.", []),
        ("- **Clip** the gradient norm at 2.0 and warm up over 300 steps.", ["2.0", "300"]),
        ("Next, set weight_decay to 0.01.", []),
        ("Next, set weight_decay to 0.1.", ["0.1"]),
        ("1. Halve the batch size to 16.", []),
        ("1. Halve the batch size to 8.", ["8"]),
        ("The learning rate was 0.04.", ["0.04"]),
    ],
)
def test_advice_traces_to_the_fixes_and_suggestions_of_results(answer: str, wrong: list[str]) -> None:
    assert loose(answer, FIX) == wrong


@pytest.mark.parametrize(
    "answer", ["The loss should have been 5.5 at step 77.", "You could say it was 5.5 at step 77."]
)
def test_words_of_advice_do_not_excuse_facts(answer: str) -> None:
    assert "77" in loose(answer)


def test_the_number_of_an_advice_is_no_number_of_the_run_that_it_is_for() -> None:
    runs = [{"run": f"run-{i}", "number": i, "best": 0.1 * i} for i in (2, 7)]
    advice = [{"run": "run-7", "number": 2, "changes": [], "low": 0.61, "high": 0.72}]
    thread = [HumanMessage("what next?"), result("", {"rows": runs}), result("", {"advice": advice})]
    assert loose("Run 2 reached 0.2.", thread) == []
    assert loose("Run 2 reached 0.7.", thread) == ["0.7"]


def test_listed_things_can_be_counted() -> None:
    verdicts = ("faulty", "faulty", "faulty", "healthy", "healthy", "healthy", "healthy", "healthy")
    rows = tuple(
        RunRow(Run(f"run-{i}", i, f"run-{i}", "p", "csv"), verdict, None)  # type: ignore[arg-type]
        for i, verdict in enumerate(verdicts, 20)
    )

    def list_runs() -> RunList:
        """List."""
        return RunList(rows, 8)

    message = as_tool(list_runs).invoke({"name": "list_runs", "args": {}, "id": "c", "type": "tool_call"})
    assert loose("3 of 8 runs are faulty, 5 are healthy.", [message]) == []
    assert loose("4 of 8 runs are faulty.", [message]) == ["4"]


RUNS = result(
    "",
    {
        "rows": [
            {"run": {"run": "run-3", "number": 3, "name": "run-3"}, "lr": 0.02, "best": 0.9481, "best_step": 800},
            {"run": {"run": "run-7", "number": 7, "name": "run-7"}, "lr": 0.4, "best": 0.8413, "best_step": 200},
        ]
    },
)


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("Run 7 was best with 0.8413 at step 200.", []),
        ("Run 7 was best with 0.9481 at step 200.", ["0.9481"]),
        ("run-7 was best with 0.8413 at step 800.", ["800"]),
        ("run-3 reached 0.9481, run-7 0.8413.", []),
        ("Runs 3 and 7 reached 0.9481 and 0.8413.", []),
        ("Run 7 reached 0.8413, the others up to 0.9481.", []),
        ("The best is 0.9481.", []),
    ],
)
def test_a_number_of_one_run_proves_nothing_about_another(answer: str, wrong: list[str]) -> None:
    assert loose(answer, [RUNS]) == wrong


def test_the_run_of_the_question_counts_as_named() -> None:
    assert loose("It was 0.9481.", [HumanMessage("the best of run 7?"), RUNS]) == ["0.9481"]


def test_a_value_is_no_step() -> None:
    assert loose("It broke at step 32.", [result("batch_size 32 until step 90")]) == ["32"]


CITABLE = result("2.3142 at step 1200, 48.654 at step 1812, 7.25 at step 1300")
CITABLE.artifact["evidence"] = [
    {"id": f"e{i}", "run": "", "metric": "loss", "step": step, "axis": "step", "value": value, "label": ""}
    for i, (step, value) in enumerate([(1200, 2.3142), (1812, 48.654), (1300, 7.25)], 1)
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("It was 48.7 [e2].", []),
        ("It was 48.7 at step 1812 [e2], from 2.31 [e1].", []),
        ("It rose from 2.31 to 48.7 [e1, e2].", []),
        ("It grew 21-fold [e1] [e2].", []),
        ("It was 2.31 [e2].", ["2.31"]),
        ("It was **7.25** [e1].", ["7.25"]),
        ("It was 2.31 and never came back [e2].", []),
    ],
)
def test_a_citation_must_hold_the_number_before_it(answer: str, wrong: list[str]) -> None:
    assert loose(answer, [CITABLE]) == wrong


def test_the_models_own_words_prove_nothing() -> None:
    assert loose("It was 5.5.", [HumanMessage("why?"), AIMessage("It was 5.5.")]) == ["5.5"]


def test_plotted_points_prove_nothing() -> None:
    spec = {"kind": "Plot", "spec": {"lines": [{"x": [1.0, 77.0], "y": [5.5, 6.5]}], "marks": [{"x": 77.0}]}}
    assert loose("It was 5.5 at step 77.", [result("a plot", spec)]) == ["5.5"]


def test_a_digit_is_not_grounded_by_rounding() -> None:
    assert loose("The loss was 2.", [result("loss 2.3142")]) == ["2"]


def test_marking_keeps_the_text_and_names_the_mark_once() -> None:
    answer = "It was 5.5 at step 77, twice 5.5."
    marked = mark(answer, find_ungrounded(answer, facts_of(THREAD)))
    assert marked.startswith(f"It was 5.5{MARK} at step 77{MARK}, twice 5.5{MARK}.")
    assert marked.replace(MARK, "").startswith(answer)


TRUE_ANSWER = (
    "**Run 7 diverged** at step 1812: train_loss left 2.3142 (step 1200) and reached 48.654.\n\n"
    "- Accuracy was 87.43% by then.\n- The learning rate was 0.4 with a batch size of 32.\n\n"
    "| step | loss |\n|---|---|\n| 1200 | 2.314 |\n| 1812 | 48.65 |"
)


SEEDED_THREAD: list[BaseMessage] = [
    HumanMessage("why did run 7 diverge?"),
    result("run 7: train_loss 2.3142 at step 1200, 48.654 at step 1812; val_accuracy 0.8743; lr 0.4, batch_size 32"),
]


def test_the_true_answer_is_clean() -> None:
    assert loose(TRUE_ANSWER, SEEDED_THREAD) == []


@settings(max_examples=150, deadline=None)
@given(which=st.integers(0, 12), factor=st.sampled_from([0.31, 0.57, 0.83, 1.09, 1.17, 1.37, 2.3, 7.7]))
def test_every_seeded_wrong_number_is_caught(which: int, factor: float) -> None:
    places = [m for m in re.finditer(r"(?<![\w.])\d+(?:\.\d+)?", TRUE_ANSWER) if float(m[0]) > 10 or "." in m[0]]
    place = places[which % len(places)]
    decimals = len(place[0].partition(".")[2])
    wrong = f"{float(place[0]) * factor:.{decimals}f}"
    assume(wrong != place[0])
    seeded = TRUE_ANSWER[: place.start()] + wrong + TRUE_ANSWER[place.end() :]
    assert any(item.startswith(wrong) for item in loose(seeded, SEEDED_THREAD))


@settings(max_examples=100, deadline=None)
@given(value=st.floats(1e-6, 1e6), digits=st.integers(2, 6))
def test_any_rounding_of_a_logged_value_is_grounded(value: float, digits: int) -> None:
    thread: list[BaseMessage] = [result("", {"value": value})]
    assert loose(f"The value is {value:#.{digits}g} now.", thread) == []


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet="0123456789.,-+eE%x× kMs#[]|`\nrun step", max_size=60))
def test_any_text_can_be_checked_and_every_place_is_right(text: str) -> None:
    for item in find_ungrounded(text, facts_of(THREAD)):
        assert text[item.start : item.end] == item.text


def test_a_toolbox_result_grounds_an_answer_about_it() -> None:
    message = as_tool(ToyToolbox().diagnose).invoke(
        {"name": "diagnose", "args": {"run": "7"}, "id": "c", "type": "tool_call"}
    )
    assert loose("Run 7: 2.31 at step 1200, 48.7 at step 1812, lr 0.1, batch size 32.", [message]) == []


def test_a_digest_of_what_was_read_proves_no_number() -> None:
    row = {"run": "run-7", "read": "4d81f8183c32", "beside": "13 f295a9"}
    assert loose("run-7 ran for 4 hours and 13 minutes.", [HumanMessage("status"), result("", row)]) == [
        "4 hours and 13 minutes"
    ]


def test_the_number_of_a_setting_is_no_name_of_a_run() -> None:
    table = {"columns": ["run", "key", "number"], "rows": [["run-1", "lr", 0.05], ["run-10", "lr", 1e-05]]}
    thread: list[BaseMessage] = [HumanMessage("which rates?"), result("", table)]
    assert loose("The lr is 0.05 in run-1 and 1e-05 in run-10.", thread) == []
    assert loose("Then comes run-1 (1e-05).", thread) == ["1e-05"]
    unnamed: list[BaseMessage] = [result("", {"columns": ["run", "number"], "rows": [["run-1", 32.0]]})]
    assert loose("Run 32 diverged.", unnamed) == ["Run 32"]
    assert loose("run-1 had 32.0.", unnamed) == []


UNITLESS: list[BaseMessage] = [
    HumanMessage("how long did run 7 take?"),
    result(
        "",
        {
            "run": "run-7",
            "params": {"rows": 800, "batch_size": 25, "workers": 4, "max_hours": 4, "dropout": 0.1},
            "rows": [
                {"run": "run-7", "metric": "step_time", "value": 0.25},
                {"run": "run-7", "metric": "gpu_memory", "value": 8589934592},
                {"run": "run-7", "metric": "val_loss", "value": 0.37},
            ],
        },
    ),
]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("run-7 ran for 13 minutes.", ["13 minutes"]),
        ("run-7 ran for 13.3 min.", ["13.3 min"]),
        ("run-7 ran for 800 s.", ["800 s"]),
        ("run-7 ran for 4 h.", []),
        ("run-7 took 4 minutes.", ["4 minutes"]),
        ("run-7 ran for 240 min.", []),
        ("run-7 holds 25 MB.", ["25 MB"]),
        ("run-7 was at 25 % of it.", ["25 %"]),
        ("The val_loss of run-7 fell by 37 %.", ["37 %"]),
        ("run-7 has a dropout of 10 %.", []),
        ("A step_time of 250 ms in run-7.", []),
        ("The step_time of run-7 is 0.25 s.", []),
        ("The gpu_memory of run-7 is 8 GiB.", []),
        ("The gpu_memory of run-7 is 8 GB.", ["8 GB"]),
        ("The val_loss of run-7 is 370 ms.", ["370 ms"]),
    ],
)
def test_only_what_is_known_to_be_a_time_or_a_size_is_told_in_another_unit(answer: str, wrong: list[str]) -> None:
    assert loose(answer, UNITLESS) == wrong


TOLD: list[BaseMessage] = [
    result(
        "",
        {
            "run": "run-7",
            "fix": "Add an entropy bonus of 0.01 (now 0), clip the norm at 0.5, and restart from a checkpoint.",
            "detail": "4 training losses can show a lasting change of 0.4% or more of the start level",
        },
    ),
    result("", {"run": "run-9", "steps": 80}),
]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("**run-7:** Add an entropy bonus of 0.01 (now 0), clip the norm at 0.5, and restart from a checkpoint.", []),
        ("**run-7:** Add an entropy bonus of 0.01 (now 0), clip the norm at 0.7, and restart from a checkpoint.",
         ["0.7"]),
        ("run-7: 4 training losses can show a lasting change of 0.4% or more of the start level.", []),
        ("run-7: 4 training losses can show a lasting change of 40% or more of the start level.", ["40%"]),
        ("run-9: 4 training losses can show a lasting change of 0.4% or more of the start level.", ["4", "0.4%"]),
    ],
)  # fmt: skip
def test_a_clause_that_a_result_tells_of_the_run_may_be_told_again(answer: str, wrong: list[str]) -> None:
    assert loose(answer, TOLD) == wrong


CROSSED: list[BaseMessage] = [
    HumanMessage("when did run 7 get above 100?"),
    result(
        "",
        {
            "columns": ["run", "metric", "step", "value"],
            "rows": [["run-7", "val_loss", 10, 80.5], ["run-7", "val_loss", 20, 208.248]],
        },
    ),
    result("", {"run": "run-7", "params": {"steps": 320}}),
]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("run-7 first got `val_loss` above 100 at step 20.", []),
        ("run-7 first got `val_loss` above 100 at step 10.", ["10"]),
        ("`steps` (320 in run-7) is the length.", []),
        ("`steps` (321 in run-7) is the length.", ["321"]),
    ],
)
def test_a_bound_is_passed_where_a_value_lies_beyond_it(answer: str, wrong: list[str]) -> None:
    assert loose(answer, CROSSED) == wrong


def test_a_policy_that_stopped_exploring_did_not_explode() -> None:
    findings = [
        {"id": "entropy_collapse", "severity": "warning", "onset_step": 90240, "metric": "entropy"},
        {"id": "policy_kl_explosion", "severity": "warning", "onset_step": 86400, "metric": "kl"},
    ]
    thread: list[BaseMessage] = [result("", {"run": "run-7", "findings": findings})]
    said = "The entropy of run-7 is low from step {} on: the policy stopped exploring."
    assert loose(said.format(90240), thread) == []
    assert loose(said.format(90250), thread) == ["90250"]


FORETOLD: list[BaseMessage] = [
    HumanMessage("will run 4 be good?"),
    result(
        "",
        {
            "run": {"run": "run-4", "number": 4},
            "outlook": {
                "metric": "val_loss", "goal": "lower", "axis": "step", "at": 200, "end": 400, "value": 0.43,
                "left": 200, "forecast": 0.317, "low": 0.302, "high": 0.334, "siblings": 3, "median": 0.512,
                "best": 0.486, "chance": 0.97,
            },
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("3 finished runs beside it ended at 0.512 in the middle and 0.486 at best.", []),
        ("The median of the others is 0.512.", []),
        ("The chance of run-4 to end at least as well is 97 %.", []),
        ("The chance of run-4 to end at least as well is 87 %.", ["87 %"]),
        ("run-4 will end at 0.317.", []),
        ("The best val_loss of run-4 is 0.486.", ["0.486"]),
        ("run-4 ended at 0.512.", ["0.512"]),
        ("It ends at 0.512.", ["0.512"]),
    ],
)
def test_what_finished_runs_reached_is_not_said_of_the_run_beside_them(answer: str, wrong: list[str]) -> None:
    assert loose(answer, FORETOLD) == wrong


SAID_ASKEW: list[BaseMessage] = [
    HumanMessage("why did run 7 diverge?"),
    result(
        "",
        {
            "rows": [
                {"run": {"run": "run-6", "number": 6}, "metric": "reward", "lr": 0.06, "best": 0.937, "last": 0.93},
                {"run": {"run": "run-7", "number": 7}, "metric": "reward", "lr": 0.4, "best": 0.832, "last": 0.099},
            ]
        },
    ),
    result("", {"run": "run-7", "metric": "grad_norm", "axis": "step", "step": 396, "value": 39.4072}),
    result("", {"run": "run-7", "last_step": 1200, "metric": "reward", "axis": "step"}),
]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("run-6 is 12.6 % better than run-7: 0.937 vs 0.832.", []),
        ("run-6 reached 0.937 (+0.105 over the 0.832 of run-7).", []),
        ("run-7 lost 0.733 of its reward: from 0.832 to 0.099.", []),
        ("run-7 broke 33 % into the run (step 396 of 1,200).", []),
        ("run-7 broke 43 % into the run (step 396 of 1,200).", ["43 %"]),
        ("From step 396 on 804 steps of its 1,200 were wasted in run-7.", []),
        ("From step 396 on 704 steps of its 1,200 were wasted in run-7.", ["704"]),
        ("run-7 had 39 restarts.", ["39"]),
        ("run-7 needs 3 more epochs.", ["3"]),
        ("The reward of run-7 is 0.83 higher than usual.", ["0.83"]),
        ("The F1 of run-7 is 0.83.", ["0.83"]),
        ("The perplexity of run-7 is 39.4.", ["39.4"]),
    ],
)
def test_what_is_said_askew_is_understood_and_what_is_invented_is_not(answer: str, wrong: list[str]) -> None:
    assert loose(answer, SAID_ASKEW) == wrong


def test_ports_dates_of_files_and_digests_prove_no_number() -> None:
    row = {"run": "run-7", "path": "logs/2026-11-17_18-40/run-7.csv", "read": "4d81f8183c32"}
    line = {"line": 29, "text": "INFO listening on http://10.0.0.17:29500/ (commit 4d81f81) at 18:40:11"}
    thread: list[BaseMessage] = [HumanMessage("status"), result("", {**row, "lines": [line]})]
    for said in ("The loss of run-7 was 17.", "run-7 took 40 minutes.", "run-7 took 29500 steps.", "It lost 29 %."):
        assert loose(said, thread) != [], said


def test_how_many_are_healthy_is_no_verdict_on_the_run_that_was_asked_about() -> None:
    rows = [{"run": f"run-{i}", "number": i, "verdict": "faulty" if i == 2 else "healthy"} for i in (1, 2, 3)]
    thread: list[BaseMessage] = [HumanMessage("is run 2 fine?"), result("", {"rows": rows})]
    assert loose("**2 of 3 runs are healthy:** run-1 and run-3.", thread) == []
    assert loose("It is healthy.", thread) == ["healthy"]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("run-7 took 2 h 13 min.", []),
        ("run-7 took 2h13m, that is 2 hours and 13 minutes.", []),
        ("run-7 took 2 h 13 min 20 s.", []),
        ("run-7 took 2 h 14 min.", ["2 h 14 min"]),
        ("run-7 took 3 h 13 min.", ["3 h 13 min"]),
    ],
)
def test_a_time_in_several_units_is_one_number(answer: str, wrong: list[str]) -> None:
    assert loose(answer, [result("", {"run": "run-7", "duration_s": 8000.0})]) == wrong


TIMED = [{"run": f"run-{i}", "number": i, "seconds": 60.0 * i} for i in (1, 2, 3)]
TO_LOG = [f"Log `scheduler.get_last_lr()[0]` as `lr{i}`." for i in range(16)]


@pytest.mark.parametrize(
    ("question", "answer", "wrong"),
    [
        ("show exp99", "There is no run 99.", []),
        ("show exp99", "There is no run 98.", ["run 98"]),
        ("show exp99", "The best is run 99.", ["run 99"]),
        ("show exp9", "There is no run 99.", ["run 99"]),
        ("how long?", "The total length of all runs is 6 minutes.", []),
        ("how long?", "The total length of all runs is 360 s, that is 0.1 hours.", []),
        ("how long?", "The total length of all runs is 7 minutes.", ["7 minutes"]),
        ("how long?", "The total length of all runs is 6 hours.", ["6 hours"]),
        ("how long?", "run-1 and run-2 took 3 minutes together.", []),
        ("how long?", "run-1 and run-2 took 4 minutes together.", ["4 minutes"]),
    ],
)
def test_runs_that_are_missing_and_times_added_up_are_known(question: str, answer: str, wrong: list[str]) -> None:
    assert loose(answer, [HumanMessage(question), result("", {"rows": TIMED})]) == wrong


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("1. Log `scheduler.get_last_lr()[0]`.\n2. Log it.\n\nAnd 14 more; ask for them.", []),
        ("1. Log `scheduler.get_last_lr()[1]`.\n2. Log it.\n\nAnd 13 more; ask for them.", ["1", "13"]),
        ("1. Log it.\n2. Log it.\n3. Log it.\n\nAnd 14 more.", ["14"]),
        ("There are 14 more.", ["14"]),
    ],
)
def test_the_rest_of_a_list_and_code_of_a_result_are_known(answer: str, wrong: list[str]) -> None:
    table = {"kind": "Table", "columns": ["log_next", "runs"], "rows": [[one, 1] for one in TO_LOG]}
    assert loose(answer, [HumanMessage("what to log?"), result("\n".join(TO_LOG), table)]) == wrong


@pytest.mark.parametrize(
    ("found", "wrong"),
    [([], []), ([["run-1", "oom_crash"]], ["0"])],
)
def test_none_is_zero_where_a_result_lists_none(found: list[list[str]], wrong: list[str]) -> None:
    crashed = {
        "kind": "Table",
        "columns": ["run", "finding"],
        "rows": found,
        "sql": "select run, finding from findings",
    }
    total = {"kind": "RunList", "total": 3, "matched": 3, "rows": TIMED}
    thread: list[BaseMessage] = [HumanMessage("how many crashed?"), result("", total), result("", crashed)]
    assert loose("**None (0)** of the 3 runs has signs of a crash.", thread) == wrong


def test_a_total_of_a_query_counts_no_runs() -> None:
    sums = {
        "kind": "Table",
        "columns": ["mean", "total"],
        "rows": [[30.0, 90.0]],
        "sql": "select avg(v) as mean, sum(v) as total",
    }
    total = {"kind": "RunList", "total": 3, "matched": 3, "rows": TIMED}
    thread: list[BaseMessage] = [HumanMessage("how many?"), result("", total), result("", sums)]
    assert loose("The total `epochs` of all runs is 90. 1 of the 3 runs is broken.", thread) == ["1"]
    assert loose("The total `epochs` of all runs is 91.", thread) == ["91"]


def test_as_many_metrics_as_the_answer_lists_are_counted() -> None:
    rows = [{"metric": name, "runs": 1} for name in ("loss", "grad_norm", "fps", "hours_left")]
    thread: list[BaseMessage] = [HumanMessage("which metrics?"), result("", {"metrics": rows})]
    table = "metrics:\n\n| metric |\n|---|\n| `loss` |\n| `grad_norm` |\n"
    assert (loose(f"2 {table}", thread), loose(f"3 {table}", thread)) == ([], ["3"])


def test_a_place_in_two_units_is_one_even_where_advice_names_it() -> None:
    finding = {"run": "run-7", "finding": "overfitting", "onset_step": 200, "onset_epoch": 1, "severity": "warning",
               "fix": "Keep the checkpoint of step 200 and stop there."}  # fmt: skip
    thread: list[BaseMessage] = [HumanMessage("when should run-7 have stopped?"), result("", {"findings": [finding]})]
    said = "run-7 was best at epoch 1 (step {}), so it should have stopped there."
    assert (loose(said.format(200), thread), loose(said.format(300), thread)) == ([], ["300"])


def test_no_two_runs_is_no_count() -> None:
    assert (loose("No two runs differ in this alone."), loose("Three runs differ in this.")) == ([], ["Three"])


def test_what_a_setting_equals_is_no_count() -> None:
    said = "The mean of the runs with `batch_size` = {} is 48.654."
    assert (loose(said.format(32)), loose(said.format(64))) == ([], ["64"])


ADVISED: list[BaseMessage] = [
    HumanMessage("why did b1 fail?"),
    result(
        "",
        {
            "rows": [
                {"run": {"run": "a1", "number": 1}, "metric": "nll", "best": 1.7749},
                {"run": {"run": "b1", "number": 9}, "metric": "nll", "best": 2.6106},
            ]
        },
    ),
    result("", {"run": "b1", "fix": "Stretch the schedule (milestones at 60% and 85%) and keep a floor of 0.0004."}),
]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("a1 reached nll 1.7749. Stretch the schedule (milestones at 60% and 85%) and keep a floor of 0.0004.", []),
        (
            "a1 reached nll 1.7749. Stretch the schedule (milestones at 60% and 75%) and keep a floor of 0.0004.",
            ["75%"],
        ),
        ("Lower the rate (advice #2).", []),
        ("It is worse than run #2.", ["run #2"]),
    ],
)
def test_advice_is_told_behind_a_word_about_another_run_and_has_numbers_of_its_own(
    answer: str, wrong: list[str]
) -> None:
    assert set(wrong) <= set(loose(answer, ADVISED))
    assert bool(loose(answer, ADVISED)) == bool(wrong)
