"""The generated tables in the README are what the code says today."""

from agent.docs import PAGE, README, TABLES, findings_page, updated
from tools.detectors import detectors, playbook


def test_the_readme_tables_are_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert all(f"<!-- {name} -->" in text for name in TABLES)
    assert updated(text) == text, "run `make docs`"


def test_the_page_of_findings_is_current_and_tells_every_playbook() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert findings_page() == page, "run `make docs`"
    for detector in detectors():
        assert playbook(detector.id).replace("## ", "### ").strip() in page
