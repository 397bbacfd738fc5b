"""What users say about names: words for roles, pairs of the command line."""

import pytest

from tools.errors import ToolError
from tools.roles import Given, Part, given_pairs, part_named


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("eval_loss", Part("eval_loss")),
        ("val_loss", Part("eval_loss")),
        ("Validation Loss", Part("eval_loss")),
        ("valid-loss", Part("eval_loss")),
        ("dev_loss", Part("eval_loss")),
        ("test_loss", Part("eval_loss")),
        ("loss", Part("train_loss")),
        ("training_loss", Part("train_loss")),
        ("lr", Part("learning_rate")),
        ("gnorm", Part("grad_norm")),
        ("accuracy", Part("eval_score", "accuracy")),
        ("val_acc", Part("eval_score", "accuracy")),
        ("train_acc", Part("train_score", "accuracy")),
        ("val_f1", Part("eval_score", "f1")),
        ("eval_score", Part("eval_score")),
        ("return", Part("reward")),
        ("ppl", Part("perplexity")),
        ("tokens_per_sec", Part("throughput")),
        ("None", Part(None)),
    ],
)
def test_a_role_has_everyday_words(word: str, part: Part) -> None:
    assert part_named(word) == part


@pytest.mark.parametrize(
    ("word", "near"),
    [("evl_loss", "eval_loss"), ("vall_loss", "val_loss"), ("learnin_rate", "learning_rate"), ("zz", "none")],
)
def test_an_unknown_role_names_the_nearest(word: str, near: str) -> None:
    with pytest.raises(ToolError, match=f"no role '{word}'.*{near}"):
        part_named(word)


def test_pairs_of_the_command_line_add_up() -> None:
    given = given_pairs(["val_loss=a=b", "eval_loss=c", "lr=*/lr"], ["x=y=lower"])
    assert given == Given({Part("eval_loss"): ("a=b", "c"), Part("learning_rate"): ("*/lr",)}, {"x=y": "lower"})


@pytest.mark.parametrize("pair", ["val_loss", "=x", "val_loss=", "nonsense=x"])
def test_a_pair_that_says_no_role_is_refused(pair: str) -> None:
    with pytest.raises(ToolError):
        given_pairs([pair])


def test_a_pair_that_is_turned_round_is_turned_back() -> None:
    with pytest.raises(ToolError, match="val_loss=my_metric"):
        given_pairs(["my_metric=val_loss"])


@pytest.mark.parametrize("pair", ["my_metric", "my_metric=up", "=lower"])
def test_a_goal_is_lower_or_higher(pair: str) -> None:
    with pytest.raises(ToolError, match="NAME=lower"):
        given_pairs(goals=[pair])
