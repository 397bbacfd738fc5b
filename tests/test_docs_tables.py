"""The generated lists and pages are what the code says today."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.docs import FINDINGS, FORMATS, LISTS, README, findings_page, formats_page, updated
from tools.detectors import detectors, playbook


def test_the_lists_of_the_readme_are_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert all(f"<!-- {name} -->" in text for name in LISTS)
    assert updated(text) == text, "run `make docs`"


@pytest.mark.parametrize(("page", "made"), [(FORMATS, formats_page), (FINDINGS, findings_page)])
def test_a_generated_page_is_current(page: Path, made: Callable[[], str]) -> None:
    assert made() == page.read_text(encoding="utf-8"), "run `make docs`"


def test_the_page_of_findings_tells_every_playbook() -> None:
    page = FINDINGS.read_text(encoding="utf-8")
    for detector in detectors():
        assert playbook(detector.id).replace("## ", "### ").strip() in page
