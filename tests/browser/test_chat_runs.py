"""Someone looks at the runs beside the conversation, opens a card and uses its buttons."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Visit


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_runs_are_filtered_sorted_and_opened_beside_the_conversation(
    server: str, visit: Visit, scheme: str, width: int
) -> None:
    visitor = visit(server, scheme, width, 844 if width < 1000 else 900)
    page = visitor.page
    page.get_by_role("link", name="Runs").click()
    page.get_by_text("12 runs", exact=True).wait_for()
    table = page.get_by_test_id("runs")
    rows = table.locator("tbody tr")
    rows.nth(11).wait_for()
    visitor.shoot(f"runs-{scheme}-{width}")

    table.get_by_role("button", name="Best").click()
    best = [float(text.split("\n")[0]) for text in table.locator(".rw-number").all_inner_texts()]
    assert best == sorted(best)
    table.get_by_role("searchbox").fill("gradients")
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
    assert rows.count() == 1


def test_a_finding_below_an_answer_is_drawn_explained_and_dismissed(server: str, visit: Visit) -> None:
    visitor = visit(server)
    page = visitor.page
    visitor.ask("Why did run 7 diverge?")
    finding = page.get_by_test_id("finding-divergence")
    finding.get_by_role("button", name="Explain").click()
    finding.get_by_text("What it looks for").wait_for()
    visitor.shoot("finding-light-1280")
    charts = page.locator(".js-plotly-plot").count()
    finding.get_by_role("button", name="Plot around onset").click()
    page.locator(".js-plotly-plot").nth(charts).wait_for()

    finding.get_by_role("button", name="Dismiss").click()
    finding.get_by_role("textbox").fill("known, repeated on purpose")
    finding.get_by_role("button", name="Dismiss").last.click()
    finding.get_by_text("Does not count: known, repeated on purpose").wait_for()
    assert 'finding = "divergence"' in finding.locator("pre code").inner_text()
    visitor.shoot("dismissed-light-1280")
    page.get_by_role("link", name="Runs").click()
    row = page.get_by_test_id("run-7")
    row.wait_for()
    assert "exploding gradients" in row.inner_text()
