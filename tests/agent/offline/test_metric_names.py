"""Which logged metric a few words mean, and where on its curve."""

import pytest

from agent.offline.intents import Value
from agent.offline.known import Known, KnownMetric, KnownRun
from agent.offline.understand import understand

BOOSTED = Known(
    runs=(KnownRun("lgb_small", 1, "lgb_small"), KnownRun("lgb_base", 2, "lgb_base")),
    metrics=(
        KnownMetric("train's binary_logloss", "train_loss", 2, 12, "train", "lower", "loss"),
        KnownMetric("valid's binary_logloss", "eval_loss", 2, 12, "eval", "lower", "loss"),
        KnownMetric("grad_norm", "grad_norm", 2, 12),
    ),
)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("valid logloss of lgb_small at 100", "valid's binary_logloss"),
        ("logloss on the validation set of lgb_small", "valid's binary_logloss"),
        ("test logloss of lgb_small", "valid's binary_logloss"),
        ("logloss of lgb_small", "valid's binary_logloss"),
        ("train logloss of lgb_small", "train's binary_logloss"),
    ],
)
def test_a_part_of_a_name_is_of_the_split_that_is_said_beside_it(question: str, name: str) -> None:
    (intent,) = understand(question, known=BOOSTED).intents
    assert isinstance(intent, Value)
    assert intent.metric
    assert BOOSTED.metric_names(intent.metric) == (name,)


@pytest.mark.parametrize(
    ("question", "spot"),
    [
        ("mean grad norm for lgb_small", "mean"),
        ("what is the mean grad norm of lgb_small", "mean"),
        ("what does the grad norm mean for lgb_small", None),
    ],
)
def test_a_mean_is_asked_for_unless_something_is_to_mean_something(question: str, spot: str | None) -> None:
    places = [
        i.place.spot if i.place else None for i in understand(question, known=BOOSTED).intents if isinstance(i, Value)
    ]
    assert places in ([spot], [])
    assert places or spot is None
