"""Someone opens the chat over the bundled runs, without a key, and asks."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from evals.samples import samples_path
from tests.browser.conftest import Visit


def first_nan_of_run_7() -> int:
    lines = (samples_path() / "run-7" / "metrics.jsonl").read_text().splitlines()
    return int(next(row["step"] for row in map(json.loads, lines) if math.isnan(row["train_loss"])))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_run_7_is_explained_with_steps_a_cause_and_a_chart(server: str, visit: Visit, scheme: str, width: int) -> None:
    visitor = visit(server, scheme, width, 844 if width < 1000 else 900)
    page = visitor.page
    overview = page.locator("#welcome-screen").inner_text()
    assert "12 runs" in overview
    assert "run 7" in overview
    assert "offline" in overview
    visitor.shoot(f"landing-{scheme}-{width}")

    page.locator("#starters").get_by_role("button", name="Why did run 7 diverge?").click()
    answer = visitor.wait()
    assert "learning rate" in answer.lower()
    blown_up = first_nan_of_run_7()
    named = {int(step.replace(",", "")) for step in re.findall(r"step (\d[\d,]*)", answer)}
    assert named & set(range(blown_up - 12, blown_up + 1)), answer

    titles = visitor.steps.all_inner_texts()
    diagnosed = next(i for i, title in enumerate(titles) if title.startswith("Diagnose run"))
    assert re.search(r"· [\d.]+ m?s$", titles[diagnosed])
    visitor.shoot(f"answer-{scheme}-{width}")
    visitor.steps.nth(diagnosed).click()
    result = page.locator("[data-step-type=tool]").filter(has_text="Diagnose run").locator("code.language-txt").last
    assert "divergence" in result.inner_text()
    visitor.steps.nth(diagnosed).scroll_into_view_if_needed()
    visitor.shoot(f"step-{scheme}-{width}")

    chart = page.locator(".js-plotly-plot").last
    chart.scroll_into_view_if_needed()
    chart.locator(".scatterlayer path.js-line").first.wait_for()
    # It is drawn once before it knows how wide it may be.
    page.wait_for_function(
        "chart => chart.querySelector('.main-svg').getBoundingClientRect().width <= chart.clientWidth",
        arg=chart.element_handle(),
    )
    visitor.shoot(f"chart-{scheme}-{width}")
    visitor.steps.nth(diagnosed).click()
    page.set_viewport_size({"width": width, "height": 1500})
    page.wait_for_timeout(300)
    visitor.shoot(f"whole-{scheme}-{width}")


def test_a_dropped_log_becomes_a_run_and_what_is_too_large_or_too_many_is_refused(
    server: str, visit: Visit, tmp_path: Path
) -> None:
    log = tmp_path / "my_experiment.jsonl"
    rows = [{"step": s, "loss": 2.0 * 0.99**s if s < 140 else math.nan, "lr": 0.3} for s in range(200)]
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    binary = tmp_path / "model.pt"
    binary.write_bytes(b"\x00" * 64)

    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(101 << 20)

    visitor = visit(server)
    page = visitor.page
    drop = page.locator("#upload-button-input")
    drop.set_input_files([large])
    page.get_by_text("File is larger than 100 MB").wait_for()
    drop.set_input_files([log] * 21)
    page.get_by_text("Too many files").wait_for()
    drop.set_input_files([binary])
    page.get_by_role("button", name="Do not send this file").click()
    page.locator("#attachments").get_by_text("model.pt").wait_for(state="detached")
    drop.set_input_files([log, binary])
    answer = visitor.ask("What is wrong with this run?")
    announced = visitor.answers.first.inner_text()
    assert "my_experiment as run 13" in announced
    assert "faulty" in announced
    assert "model.pt" in announced
    assert "140" in answer
    visitor.shoot("upload-light-1280")

    again = visitor.ask("Compare run 13 and run 6")
    assert "run-6" in again
    assert "my_experiment" in again


def test_a_log_dropped_without_a_word_is_explained(server: str, visit: Visit, tmp_path: Path) -> None:
    log = tmp_path / "silent.csv"
    rows = [f"{s},{2.0 * 0.99**s if s < 90 else math.nan}" for s in range(120)]
    log.write_text("step,train_loss\n" + "\n".join(rows) + "\n")
    visitor = visit(server)
    visitor.page.locator("#upload-button-input").set_input_files([log])
    visitor.page.locator("#chat-submit:not([disabled])").click()
    assert "step 90" in visitor.wait()
    visitor.page.locator(".js-plotly-plot").wait_for()
    visitor.shoot("dropped-light-1280")


def test_a_new_chat_starts_from_the_empty_page(server: str, visit: Visit) -> None:
    visitor = visit(server)
    assert "run" in visitor.ask("Which run is best?")
    visitor.page.click("#new-chat-button")
    visitor.page.locator("#welcome-screen").wait_for()
    assert visitor.answers.count() == 0
    assert "12 runs" in visitor.page.locator("#welcome-screen").inner_text()
