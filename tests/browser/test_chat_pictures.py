"""The two pictures of the README, as the chat looks now: tests/output/browser/readme-*.png."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import PATIENCE, ROOT, Visitor

LARGEST = 300_000


@pytest.fixture
def sharp(server: str, chromium: Any, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A page with two pixels for each."""
    size = {"width": 1280, "height": 1130}
    context = chromium.browser.new_context(viewport=size, color_scheme=request.param, device_scale_factor=2)
    context.set_default_timeout(PATIENCE)
    visitor = Visitor(context.new_page(), server)
    visitor.open()
    yield visitor
    context.close()


@pytest.mark.parametrize("sharp", ["light"], indirect=True)
def test_the_first_picture_shows_an_answer_with_its_steps_and_cards(sharp: Visitor) -> None:
    sharp.ask("Why did run 7 diverge?")
    sharp.page.locator(".step").first.scroll_into_view_if_needed()
    sharp.page.get_by_test_id("finding-exploding_gradients").wait_for()
    sharp.page.locator("li[id^=thread-]").first.wait_for()
    sharp.shoot("readme-chat")


@pytest.mark.parametrize("sharp", ["dark"], indirect=True)
def test_the_second_picture_shows_a_chart_beside_the_card_of_a_run(sharp: Visitor) -> None:
    page = sharp.page
    sharp.ask("/plot loss of run 6 and run 7")
    page.get_by_role("button", name="Runs", exact=True).click()
    page.get_by_test_id("run-7").click()
    page.locator(".rw-card").wait_for()
    page.locator(".js-plotly-plot").last.scroll_into_view_if_needed()
    page.locator(".js-plotly-plot .scatterlayer path.js-line").first.wait_for()
    sharp.shoot("readme-runs")


def test_the_readme_shows_both_and_neither_is_large() -> None:
    for name in ("chat", "runs"):
        assert f"(docs/{name}.png)" in (ROOT / "README.md").read_text()
        assert (ROOT / "docs" / f"{name}.png").stat().st_size < LARGEST
