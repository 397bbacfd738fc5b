"""Someone looks at the runs beside the conversation, opens a card and uses its buttons."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import ROOT, Visit

AXE = ROOT / "tests" / "output" / "axe" / "package" / "axe.min.js"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_runs_are_filtered_sorted_and_opened_beside_the_conversation(
    server: str, visit: Visit, scheme: str, width: int
) -> None:
    visitor = visit(server, scheme, width, 844 if width < 1000 else 900)
    page = visitor.page
    page.get_by_role("button", name="Runs", exact=True).click()
    table = page.get_by_test_id("runs")
    table.get_by_role("button", name="All 12").wait_for()
    rows = table.locator("tbody tr")
    rows.nth(11).wait_for()
    visitor.shoot(f"runs-{scheme}-{width}")

    table.get_by_role("button", name="Best").click()
    best = [float(text.split("\n")[0]) for text in table.locator(".rw-number").all_inner_texts()]
    assert best == sorted(best)
    table.get_by_role("searchbox").fill("gradients")
    rows.nth(1).wait_for(state="detached")
    assert rows.count() == 1
    rows.first.click()

    card = page.locator(".rw-card")
    finding = card.get_by_test_id("finding-exploding_gradients")
    assert "step 391" in finding.inner_text()
    assert "root cause" in finding.inner_text()
    finding.get_by_role("button", name="How to fix").click()
    assert "gradient_clipping: 1" in finding.locator("pre code").inner_text()
    visitor.shoot(f"card-{scheme}-{width}")
    card.get_by_role("button", name="All runs").click()
    rows.first.wait_for()
    assert rows.count() == 1


def test_a_finding_below_an_answer_is_drawn_explained_and_dismissed(server: str, visit: Visit) -> None:
    visitor = visit(server)
    page = visitor.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Runs", exact=True).click()
    page.get_by_test_id("runs").wait_for()
    visitor.ask("Why did run 7 diverge?")
    page.get_by_test_id("runs").wait_for()
    page.get_by_role("button", name="Close", exact=True).click()
    board = page.get_by_test_id("board")
    board.get_by_text("Hypotheses").click()
    assert "exploding gradients supported" in board.inner_text()
    visitor.shoot("board-light-1280")
    visitor.citations.nth(2).press("Enter")
    cited = page.get_by_test_id("cited")
    cited.get_by_text("grad_norm at step 391").wait_for()
    assert "39.4072" in cited.locator(".rw-here").inner_text()
    visitor.shoot("citation-light-1280")
    page.keyboard.press("Escape")
    cited.wait_for(state="detached")
    assert page.evaluate("document.activeElement.textContent") == "e201"
    finding = page.get_by_test_id("finding-divergence")
    finding.get_by_role("button", name="Explain").click()
    finding.get_by_text("What it looks for").wait_for()
    visitor.shoot("finding-light-1280")
    cause = page.get_by_test_id("finding-exploding_gradients")
    cause.get_by_role("button", name="How to fix").click()
    cause.get_by_role("button", name="Copy").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('gradient_clipping: 1'))")
    page.locator(".js-plotly-plot").first.wait_for()
    charts = page.locator(".js-plotly-plot").count()
    finding.get_by_role("button", name="Plot around onset").click()
    page.locator(".js-plotly-plot").nth(charts).wait_for()

    finding.get_by_role("button", name="Dismiss").click()
    finding.get_by_role("textbox").fill("known, repeated on purpose")
    finding.get_by_role("button", name="Dismiss").last.click()
    finding.get_by_text("Does not count: known, repeated on purpose").wait_for()
    assert 'finding = "divergence"' in finding.locator("pre code").inner_text()
    visitor.shoot("dismissed-light-1280")
    answers = visitor.answers.count()
    finding.get_by_role("button", name="Compare with run 6").click()
    assert "run-6 did better" in visitor.wait(answers)
    page.get_by_role("button", name="Runs", exact=True).click()
    row = page.get_by_test_id("run-7")
    row.wait_for()
    assert "exploding gradients" in row.inner_text()


def test_a_chart_turns_to_a_log_scale_and_to_smoothed_lines(server: str, visit: Visit) -> None:
    visitor = visit(server, "dark")
    page = visitor.page
    visitor.ask("/plot val_accuracy and train_loss of run 6")
    chart = page.locator(".js-plotly-plot").last
    line = chart.locator(".scatterlayer path.js-line").last
    raw = line.get_attribute("d")
    chart.get_by_text("smooth", exact=True).click()
    page.wait_for_function("([line, raw]) => line.getAttribute('d') !== raw", arg=[line.element_handle(), raw])
    chart.get_by_text("log", exact=True).click()
    kinds = "chart => ['yaxis', 'yaxis2'].map(name => chart._fullLayout[name].type).join()"
    page.wait_for_function(f"chart => ({kinds})(chart) === 'log,log'", arg=chart.element_handle())
    chart.scroll_into_view_if_needed()
    visitor.shoot("smoothed-dark-1280")


def test_rows_come_in_pages_and_a_report_can_be_taken_away(server: str, visit: Visit) -> None:
    visitor = visit(server, "dark")
    page = visitor.page
    assert "run-7 diverged" in visitor.ask("/debug 7")
    page.click("#chat-input")
    page.keyboard.type("/sq")
    page.get_by_text("One SELECT").click()
    assert visitor.ask("select run, step, value from metrics where metric = 'train_loss'").startswith("200 rows")
    first = page.locator(".dataframe tbody tr").first
    before = first.inner_text()
    page.get_by_label("Go to next page").click()
    assert first.inner_text() != before
    visitor.shoot("sql-dark-1280")
    visitor.ask("/report 7")
    with page.expect_download() as download:
        page.get_by_text("report.md").click()
    assert "run-7" in download.value.path().read_text()
    visitor.shoot("report-dark-1280")


def test_a_model_without_a_key_is_refused_in_the_settings(server: str, visit: Visit) -> None:
    visitor = visit(server)
    page = visitor.page
    page.click("#chat-settings-open-modal")
    page.locator("input#model").fill("openai:gpt-5-mini")
    visitor.shoot("settings-light-1280")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("openai:gpt-5-mini needs OPENAI_API_KEY").wait_for()
    page.click("#chat-settings-open-modal")
    page.locator("input#model").fill("offline")
    page.locator("input#tokens").fill("many")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("'many' is no number of tokens").wait_for()
    page.click("#chat-settings-open-modal")
    page.get_by_role("button", name="Cancel").click()
    page.locator("input#tokens").wait_for(state="detached")


def test_an_answer_is_copied_and_praised_and_its_charts_are_taken_away(server: str, visit: Visit) -> None:
    visitor = visit(server)
    page = visitor.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.ask("/plot loss of run 6 and run 7")
    chart = page.locator(".js-plotly-plot").last
    chart.locator(".legendtext").nth(1).wait_for()
    assert chart.locator(".legendtext").all_text_contents() == ["run-6", "run-7"]
    assert "run-7: exploding gradients" in chart.locator(".annotation-text").all_text_contents()
    chart.locator(".legendtoggle").first.click()
    chart.locator(".legend .traces").first.and_(chart.locator("[style*='opacity: 0.5']")).wait_for()
    page.locator(".step").first.scroll_into_view_if_needed()
    page.get_by_role("button", name="To the end").click()
    page.get_by_role("button", name="To the end").wait_for(state="detached")
    page.locator("[data-step-type=assistant_message]").get_by_role("button", name="Copy", exact=True).last.click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('run-7'))")
    page.locator(".positive-feedback-off").last.click()
    page.locator("#submit-feedback").click()
    page.locator(".positive-feedback-on").click()
    page.locator(".positive-feedback-off").wait_for()
    page.get_by_role("button", name="Charts").last.click()
    for ending, start in ((".svg", b"<"), (".csv", b"run,line"), (".png", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_text(ending).last.click()
        assert download.value.path().read_bytes().startswith(start)
    visitor.shoot("charts-light-1280")


def test_a_zip_is_told_run_by_run_and_what_was_asked_can_be_taken_away(
    server: str, visit: Visit, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "night.zip", "w") as archive:
        for name, end in (("calm", 100), ("wild", 40)):
            rows = "".join(f"{s},{2.0 * 0.97**s if s < end else math.nan}\n" for s in range(100))
            archive.writestr(f"night/{name}/metrics.csv", f"step,train_loss\n{rows}")
    visitor = visit(server, "light", 390, 844)
    page = visitor.page
    page.locator("#upload-button-input").set_input_files([tmp_path / "night.zip"])
    visitor.ask("What is wrong with wild?")
    told = visitor.answers.first.locator("li").all_inner_texts()
    assert sorted(("wild" in one, "faulty" in one) for one in told) == [(False, False), (True, True)]
    visitor.shoot("zip-light-390")
    page.get_by_role("button", name="Download").last.click()
    with page.expect_download() as download:
        page.get_by_text("investigation.json").click()
    assert "What is wrong with wild?" in download.value.path().read_text()


def test_runs_are_compared_by_a_command_that_is_typed(server: str, visit: Visit) -> None:
    visitor = visit(server, "light", 390, 844)
    assert visitor.ask("/compare 6 7").startswith("run-6 did better")
    visitor.page.locator(".js-plotly-plot .legendtext").nth(1).wait_for()
    visitor.shoot("compare-light-390")
    assert "takes two runs" in visitor.ask("/compare 6")


def test_a_log_that_is_pasted_becomes_a_run(server: str, visit: Visit) -> None:
    visitor = visit(server, "dark", 390, 844)
    rows = [f"step {s}: train loss {2.0 * 0.99**s if s < 90 else math.nan:.4f}, lr 0.1" for s in range(120)]
    visitor.page.locator("#chat-input").fill("what is wrong here?\n" + "\n".join(rows))
    visitor.page.locator("#chat-submit:not([disabled])").click()
    answer = visitor.wait(1)
    assert "pasted as run 13" in visitor.answers.first.inner_text()
    assert "step 90" in answer
    visitor.shoot("pasted-dark-390")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_our_own_elements_have_no_serious_accessibility_findings(server: str, visit: Visit, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not fetched (make axe)")
    visitor = visit(server, scheme)
    page = visitor.page
    # What is still fading in has no colours to speak of.
    page.emulate_media(reduced_motion="reduce")
    visitor.ask("Why did run 7 diverge?")
    card = page.get_by_test_id("finding-divergence")
    card.get_by_role("button", name="How to fix").click()
    card.get_by_role("button", name="Copy").wait_for()
    page.evaluate(AXE.read_text())
    assert serious(page, ".rw-findings") == []
    assert serious(page, "#header") == []
    assert serious(page, "#message-composer") == []
    page.get_by_test_id("board").get_by_text("Hypotheses").click()
    assert serious(page, ".rw-board") == []
    visitor.citations.first.press("Enter")
    page.get_by_test_id("cited").wait_for()
    assert serious(page, ".rw-cited") == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Runs", exact=True).click()
    page.get_by_test_id("runs").wait_for()
    assert serious(page, ".rw-runs") == []
    page.get_by_test_id("run-7").get_by_role("button").press("Enter")
    page.locator(".rw-card").wait_for()
    assert serious(page, ".rw-card") == []


def serious(page: Any, part: str) -> list[str]:
    """Serious and critical findings of axe in a part of the page, which must give it something to look at."""
    found = page.evaluate("part => axe.run(part)", part)
    assert len(found["passes"]) > 5
    return [f"{one['id']}: {one['help']}" for one in found["violations"] if one["impact"] in ("serious", "critical")]


def test_answers_are_as_short_as_wanted(server: str, visit: Visit) -> None:
    visitor = visit(server)
    page = visitor.page

    def choose(before: str, after: str) -> None:
        page.click("#chat-settings-open-modal")
        page.get_by_text(before, exact=True).click()
        page.get_by_text(after, exact=True).last.click()
        page.get_by_role("button", name="Confirm").click()

    choose("Normal", "Short: the answer alone")
    answer = visitor.ask("Why did run 7 diverge?")
    assert "learning_rate" in answer
    assert "What happened" not in answer
    assert visitor.steps.count() == 0
    visitor.shoot("short-light-1280")
    # Kept for whoever comes next, and here that is the next test.
    choose("Short: the answer alone", "Normal")
    assert "What happened" in visitor.ask("Why did run 7 diverge?")
    visitor.steps.first.wait_for()
