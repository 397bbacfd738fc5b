"""People name runs as they like and refer to them as they like."""

import pytest

from tools.errors import ToolError
from tools.records import Run
from tools.store.naming import clean, find_run, numbers, unique_ids


def runs(*names: str, folder: str = "/logs") -> list[Run]:
    numbered = numbers(names, [folder] * len(names))
    paths = [f"{folder}/{name}" for name in names]
    ids = unique_ids(names, paths)
    return [Run(i, n, name, path, "csv") for i, n, name, path in zip(ids, numbered, names, paths, strict=True)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["run-1", "run-7", "run-10"], [1, 7, 10]),
        (["run7", "run8"], [7, 8]),
        (["brisk-field-1", "eager-wave-6", "jolly-otter-3"], [1, 6, 3]),
        (["07_lr3e-1", "08_lr1e-1", "01_lr3e-3"], [7, 8, 1]),
        (["p118", "p001"], [118, 1]),
        (["version_0", "version_1"], [0, 1]),
        (["trial_0007_lr=0.1", "trial_0012_lr=0.3"], [7, 12]),
        (["0003", "0001"], [3, 1]),
        (["run-7", "baseline", "control"], [7, 1, 2]),
        (["alpha", "beta"], [1, 2]),
        (["resnet50"], [1]),
        (["lr=1e-3", "lr=1e-4"], [1, 2]),
        (["2024-05-01_12-30-00", "2024-05-01_13-30-00"], [1, 2]),
        (["run-20240101_101010-abc12345", "run-20240102_101010-abc99345"], [1, 2]),
    ],
)
def test_the_number_is_the_one_that_people_would_say(names: list[str], expected: list[int]) -> None:
    assert numbers(names, ["/logs"] * len(names)) == expected


def test_a_number_that_two_runs_carry_belongs_to_neither() -> None:
    assert numbers(["run-1", "run-1", "run-3"], ["/a", "/b", "/b"]) == [2, 4, 3]
    assert numbers(["lr=0.01,seed=2", "lr=0.1,seed=2"], ["/a", "/a"]) == [1, 2]


@pytest.mark.parametrize(
    "reference", ["7", "run 7", "run-7", "run_7", "#7", "Run 7", " run #7 ", "RUN-7", "no. 7", "007"]
)
def test_a_run_is_found_by_its_number_however_it_is_said(reference: str) -> None:
    assert find_run(reference, runs("run-6", "run-7", "run-70")).name == "run-7"


@pytest.mark.parametrize("reference", ["brisk-field-1", "BRISK-FIELD-1", "field-1", "1", "run 1"])
def test_a_run_is_found_by_its_name_or_the_end_of_it(reference: str) -> None:
    assert find_run(reference, runs("brisk-field-1", "eager-wave-6")).name == "brisk-field-1"


def test_a_number_in_a_name_counts_before_the_place_in_the_list() -> None:
    assert find_run("run 2", runs("run-3", "run-2", "run-1")).name == "run-2"


def test_an_ambiguous_reference_names_the_candidates() -> None:
    both = runs("a-wave", "b-wave")
    with pytest.raises(ToolError, match="a-wave, b-wave"):
        find_run("wave", both)


@pytest.mark.parametrize(("reference", "near"), [("brisk-feild-1", "brisk-field-1"), ("run 99", "2: brisk-field-1")])
def test_an_unknown_reference_names_the_nearest(reference: str, near: str) -> None:
    with pytest.raises(ToolError, match=near):
        find_run(reference, runs("brisk-field-1", "eager-wave-6"))


def test_in_an_empty_workspace_it_says_so() -> None:
    with pytest.raises(ToolError, match="no runs are loaded"):
        find_run("7", [])


def test_ids_are_as_short_as_they_can_be_and_unique() -> None:
    assert unique_ids(["a", "b"], ["/x/a", "/x/b"]) == ["a", "b"]
    assert unique_ids(["a", "a", "b"], ["/x/a", "/y/a", "/y/b"]) == ["x/a", "y/a", "b"]
    assert unique_ids(["a", "a"], ["/p/x/a", "/q/x/a"]) == ["p/x/a", "q/x/a"]
    assert unique_ids(["m", "m"], ["/x/m.csv", "/x/m.json"]) == ["m.csv", "m.json"]
    assert unique_ids(["m", "m"], ["/x/m", "/x/m"]) == ["m", "m~2"]


def test_a_hostile_name_fits_on_a_line() -> None:
    assert clean("a\nb\x1b[31m\tc") == "a b [31m c"
    assert len(clean("x" * 10_000)) == 200
    assert clean("\n") == "run"
