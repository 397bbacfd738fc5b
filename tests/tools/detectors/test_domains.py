"""Faults of one kind of training are looked for in runs of that kind, and in no others is a word said of them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tools.detectors.cases import falling
from tests.tools.detectors.toy_training import series_run
from tools.detectors import detectors
from tools.detectors._domains import domains_of
from tools.diagnosis import diagnose
from tools.records import Scalar

FLAT = np.full(40, 0.01)


@pytest.mark.parametrize(
    ("metrics", "settings", "domains"),
    [
        (("train/loss", "val/acc"), {"optimizer": "adam", "betas": "0.9, 0.99"}, set()),
        (("loss", "recon_loss", "kl_loss"), {}, {"vae"}),
        (("loss", "kl"), {"model": "beta-vae", "latent_dim": 8}, {"vae"}),
        (("loss", "ce_loss", "kl_loss"), {"teacher": "bert-base", "student": "tiny"}, set()),
        (("ep_rew_mean", "approx_kl", "entropy"), {}, {"rl"}),
        (("d_loss", "g_loss"), {}, {"gan"}),
        (("loss", "moe_aux_loss"), {}, {"moe"}),
        (("loss", "router/expert_0_load"), {}, {"moe"}),
        (("train-logloss", "valid-logloss"), {"num_boost_round": 500}, {"boosting"}),
        (("loss", "rewards/chosen", "rewards/rejected"), {}, {"preference"}),
        (("loss", "reward", "completions/mean_length"), {}, {"rl", "preference"}),
    ],
)
def test_names_tell_the_kind_of_training(
    metrics: tuple[str, ...], settings: dict[str, Scalar], domains: set[str]
) -> None:
    assert domains_of(series_run(dict.fromkeys(metrics, FLAT), settings)) == domains


def test_a_plain_run_is_not_asked_for_what_only_other_kinds_have() -> None:
    special = {d.id for d in detectors() if d.domain is not None}
    assert {"posterior_collapse", "entropy_collapse", "gan_mode_collapse", "gan_discriminator_wins"} <= special
    diagnosis = diagnose(series_run({"train/loss": falling(), "val/loss": falling(30)}))
    assert not special & {n.id for n in diagnosis.not_checked}


def test_a_run_of_the_kind_is_told_what_to_log() -> None:
    diagnosis = diagnose(series_run({"ep_rew_mean": 200 - falling(60), "policy_loss": FLAT[:40]}))
    assert "entropy_collapse" in {n.id for n in diagnosis.not_checked}


def test_a_student_that_agrees_with_its_teacher_has_no_collapsed_code() -> None:
    curves = {"loss": 5 * falling(60), "ce_loss": 5 * falling(60), "kl_loss": 0.1 * np.exp(-np.arange(60) / 5)}
    assert "posterior_collapse" not in {f.id for f in diagnose(series_run(curves, {"teacher": "large"})).findings}
