"""Someone presses what frames the conversation: the header, its menus, the side bar, the card of a run."""

from __future__ import annotations

from typing import Any

from tests.browser.conftest import Visit


def test_the_first_thing_that_is_painted_is_ours_and_has_the_colours_of_the_theme(server: str, chromium: Any) -> None:
    context = chromium.browser.new_context(color_scheme="dark", reduced_motion="reduce")
    page = context.new_page()
    page.route("**/assets/index-*.js", lambda route: None)
    page.goto(server, wait_until="commit")
    page.locator("#rw-first img").wait_for()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(26, 27, 30)"
    page.unroute_all(behavior="ignoreErrors")
    with page.expect_response("**/assets/index-*.js") as script:
        page.goto(server)
    assert "immutable" in script.value.headers["cache-control"]
    page.locator("#starters button:not([disabled])").first.wait_for()
    assert not page.locator("#rw-first").is_visible()
    assert not page.locator("#user-nav-button").is_visible()
    still = (
        "[...document.querySelectorAll('*')].every(one => parseFloat(getComputedStyle(one).transitionDuration) < 0.001)"
    )
    assert page.evaluate(still)
    assert page.evaluate("document.getAnimations().filter(one => one.playState === 'running').length") == 0
    context.close()


def test_help_theme_side_bar_and_commands_are_a_click_away(server: str, visit: Visit) -> None:
    visitor = visit(server)
    page = visitor.page
    page.get_by_role("button", name="Help").click()
    page.get_by_role("dialog").get_by_text("Behind a slash").wait_for()
    visitor.shoot("help-light-1280")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("dialog").wait_for(state="detached")

    for choice, theme in (("Dark", "dark"), ("As the system", "light")):
        page.locator("#theme-toggle").click()
        page.get_by_role("menuitem", name=choice).click()
        page.locator(f"html.{theme}").wait_for()
        page.get_by_role("menu").wait_for(state="detached")

    for place, state in (("[data-side=left]", "collapsed"), ("#header", "expanded")):
        page.locator(f"{place} #sidebar-trigger-button").click()
        page.locator(f"[data-side=left][data-state={state}]").wait_for(state="attached")

    page.locator("#command-button").click()
    page.get_by_role("option").first.wait_for()
    visitor.shoot("commands-light-1280")
    page.get_by_role("option").filter(has_text="The table of runs").click()
    page.keyboard.press("Enter")
    page.get_by_test_id("runs").wait_for()


def test_the_card_of_a_run_asks_draws_and_unfolds(server: str, visit: Visit) -> None:
    visitor = visit(server)
    page = visitor.page
    page.get_by_role("button", name="Runs", exact=True).click()
    table = page.get_by_test_id("runs")
    table.get_by_role("button", name="7 healthy").click()
    table.locator("tbody tr").nth(7).wait_for(state="detached")
    assert set(table.locator("tbody .rw-badge").all_inner_texts()) == {"healthy"}
    table.get_by_role("button", name="5 faulty").click()
    page.get_by_test_id("run-7").get_by_role("button").click()
    card = page.locator(".rw-card")
    card.get_by_text("Not checked").click()
    card.get_by_text("Units are dead").wait_for()
    card.get_by_text("Settings", exact=True).click()
    card.locator("dl > div", has_text="learning_rate").get_by_text("0.4").wait_for()
    visitor.shoot("card-unfolded-light-1280")
    card.get_by_role("button", name="Ask about it").click()
    assert "run-7" in visitor.wait()
    answers = visitor.answers.count()
    card.get_by_role("button", name="Plot the loss").click()
    visitor.wait(answers)
    page.locator(".js-plotly-plot").last.wait_for()
    page.locator("#new-chat-button").click()
    page.locator("#welcome-screen").wait_for()
    page.locator("#search-chats-button").click()
    page.get_by_role("dialog").get_by_placeholder("Words of a question").fill("WRONG with run 7")
    page.get_by_role("option", name="What is wrong with run 7?").first.click()
    page.get_by_test_id("finding-divergence").wait_for()
