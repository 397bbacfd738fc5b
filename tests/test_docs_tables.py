"""The generated tables in the README are what the code says today."""

from agent.docs import README, TABLES, updated


def test_the_readme_tables_are_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert all(f"<!-- {name} -->" in text for name in TABLES)
    assert updated(text) == text, "run `make docs`"
