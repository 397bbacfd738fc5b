"""What each setting accounts for in the order of the runs, over all pairs of runs at once."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.offline.shares import shares

SETTING = st.dictionaries(st.sampled_from(["lr", "min_lr", "dropout"]), st.sampled_from(["0", "0.1"]))


def pair_by_pair(places: Mapping[str, float], given_to: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
    credit: dict[str, float] = defaultdict(float)
    for one, other in combinations(places, 2):
        keys = [key for key in ("lr", "min_lr", "dropout") if given_to[one].get(key) != given_to[other].get(key)]
        keys = [key for key in keys if not (key == "min_lr" and "lr" in keys)]
        for key in keys:
            credit[key] += abs(places[one] - places[other]) / len(keys) ** 2
    return {key: value / sum(credit.values()) for key, value in credit.items()}


@settings(max_examples=60, deadline=None)
@given(st.lists(SETTING, max_size=8))
def test_every_pair_of_runs_credits_the_settings_it_differs_in(several: list[dict[str, str]]) -> None:
    given_to = {f"run-{i}": one for i, one in enumerate(several)}
    places = {run: float(i) for i, run in enumerate(given_to)}
    found, _ = shares(places, given_to)
    expected = pair_by_pair(places, given_to)
    assert found.keys() == expected.keys()
    assert all(abs(found[key] - expected[key]) < 1e-9 for key in found)


def test_pairs_that_differ_in_nothing_else_are_counted() -> None:
    given_to = {"a": {"lr": "1", "dropout": "0"}, "b": {"lr": "2", "dropout": "0"}, "c": {"lr": "2", "dropout": "1"}}
    _, clean = shares({"a": 0.0, "b": 1.0, "c": 2.0}, given_to)
    assert clean == {"lr": 1, "dropout": 1}
