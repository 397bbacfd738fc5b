"""One place knows the plural of a unit."""

import pytest

from tools.amounts import counted, lasting


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 epochs"), (1, "1 epoch"), (1.0, "1 epoch"), (1.5, "1.5 epochs"), (1200, "1,200 epochs")]
)
def test_only_one_is_no_plural(n: float, said: str) -> None:
    assert counted(n, "epoch") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.28, "0.28 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (840, "14 minutes"),
        (3600, "1 hour"),
        (8280, "2.3 hours"),
    ],
)
def test_a_duration_is_told_in_the_unit_that_people_would_use(seconds: float, said: str) -> None:
    assert lasting(seconds) == said
