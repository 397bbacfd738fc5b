from agent.document import as_json
from agent.markdown import as_markdown
from agent.parts import four_parts
from agent.report import Report, judge_all, with_advice
from agent.session import Session
from agent.settings import Settings
from tools.store import Store


def report_on(store: Store, *runs: str) -> Report:
    chosen = [store.run(run) for run in runs]
    return Report(with_advice(store, judge_all(store, chosen, {})), ())


def test_an_analysis_of_a_broken_run_has_four_parts_with_exact_values(sample_store: Store) -> None:
    parts = four_parts(report_on(sample_store, "7"))
    assert parts.overall_assessment[0] == "1 run read: 1 faulty."
    assert "exploding_gradients since step" in parts.overall_assessment[1]
    assert "grad_norm" in parts.root_cause[0]
    assert parts.recommendations[0].startswith("run-7: learning_rate 0.4 → 0.06 (")
    assert "predicted val_accuracy" in parts.recommendations[0]
    assert parts.priority_actions[0].startswith("run-7: ")


def test_an_analysis_of_a_healthy_run_has_them_too(sample_store: Store) -> None:
    parts = four_parts(report_on(sample_store, "1"))
    assert parts.root_cause == ("No fault was found in what was logged.",)
    assert parts.recommendations == ("Nothing to change.",)


def test_json_and_markdown_give_all_four_and_the_hypotheses(sample_store: Store) -> None:
    report = report_on(sample_store, "7")
    document = as_json(report)
    assert all(document[part] for part in ("overall_assessment", "root_cause", "recommendations", "priority_actions"))
    text = as_markdown(report)
    headings = ("## Overall assessment", "## Root cause", "## Specific recommendations", "## Priority actions")
    assert all(heading in text for heading in headings)
    assert "| divergence | refuted | a consequence of exploding_gradients" in text


def test_analyse_this_run_gives_the_four_parts_in_words(sample_store: Store) -> None:
    session = Session(sample_store, Settings(store_dir=sample_store.root), "offline")
    turn = session.ask_and_wait("analyse run 7")
    titles = ("### Overall assessment", "### Root cause", "### Specific recommendations", "### Priority actions")
    assert all(title in turn.answer for title in titles)
    assert "predicted best" in turn.answer
    assert turn.ungrounded_numbers == ()
