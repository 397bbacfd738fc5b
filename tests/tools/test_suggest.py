from dataclasses import replace
from typing import Any

import pytest

from tools.detectors._config import Config
from tools.records import Diagnosis, Finding, Run, Severity
from tools.results import Counterpart, ParamDifference
from tools.suggest import RULES, SETTINGS, suggest

OTHER = Run("run-3", 3, "run-3", "", "jsonl")


def diagnosis(*ids: str, severity: Severity = "critical") -> Diagnosis:
    found = tuple(Finding(i, severity, 0.9, "loss", "", (), "") for i in ids)
    return Diagnosis("run-7", "faulty", found, ())


def counterpart(own: float | None, best: float, *changed: ParamDifference, **more: Any) -> Counterpart:
    return Counterpart(OTHER, changed, len(changed) > 1, "val_loss", own, best, "lower", **more)


LR = ParamDifference("base_lr", (0.4, 0.06))


def test_a_rate_that_diverged_is_lowered_under_the_name_that_the_config_uses() -> None:
    first = suggest({"base_lr": 0.4}, diagnosis("divergence"))[0]
    assert (first.param, first.current, first.proposed, first.finding) == ("base_lr", 0.4, 0.04, "divergence")


def test_what_worked_in_the_only_differing_sibling_comes_first() -> None:
    found = suggest({"base_lr": 0.4}, diagnosis("divergence"), counterpart(2.0, 0.3, LR))
    assert (found[0].param, found[0].proposed) == ("base_lr", 0.06)
    assert "run-3" in found[0].reason
    assert [s.param for s in found].count("base_lr") == 1


def test_a_sibling_that_was_worse_or_differs_in_more_is_no_advice() -> None:
    worse = suggest({"base_lr": 0.4}, diagnosis("divergence"), counterpart(0.2, 0.3, LR))
    confounded = counterpart(2.0, 0.3, LR, ParamDifference("bs", (8, 64)))
    assert worse[0].proposed == 0.04
    assert suggest({"base_lr": 0.4}, diagnosis("divergence"), confounded)[0].proposed == 0.04


def test_a_schedule_that_ends_too_early_is_stretched_over_the_run() -> None:
    found = suggest({"lr_decay_iters": 35, "max_iters": 320}, diagnosis("lr_decay_too_early"))
    assert (found[0].param, found[0].proposed) == ("lr_decay_iters", 320)


def test_a_leak_is_not_mended_by_the_settings_of_a_sibling_and_effects_get_no_rules() -> None:
    assert suggest({"lr": 0.1}, diagnosis("memory_leak"), counterpart(2.0, 0.3, LR)) == ()
    cause, effect = diagnosis("missing_warmup", "lr_too_high").findings
    both = Diagnosis("run-7", "faulty", (cause, replace(effect, role_in_cascade="effect")), ())
    assert {s.finding for s in suggest({"lr": 0.1}, both)} == {"missing_warmup"}


def test_an_unknown_rate_is_not_multiplied_and_a_healthy_run_is_left_alone() -> None:
    assert "learning_rate" not in [s.param for s in suggest({}, diagnosis("divergence"))]
    assert suggest({"lr": 0.1}, diagnosis("plateau", severity="info")) == ()
    assert suggest({"lr": 0.1}, diagnosis("loss_spike", severity="info")) == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.findings[0]}-{rule.setting}")
def test_every_rule_names_a_setting_and_gives_a_reason(rule: Any) -> None:
    assert rule.setting in SETTINGS
    assert rule.reason
    assert 0 < len(suggest({}, diagnosis(*rule.findings))) <= 5 or rule.proposed(None, Config({})) is None
