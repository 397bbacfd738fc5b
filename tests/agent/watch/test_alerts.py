"""Each finding is told once, told again when it is worse, and neither flickers nor repeats."""

from __future__ import annotations

import json

from agent.watch.alerts import GONE, Alerts
from tools.records import Finding, Severity


def finding(id: str = "divergence", severity: Severity = "critical", confidence: float = 0.7) -> Finding:
    return Finding(id, severity, confidence, "loss", "the loss rises", (), "lower the rate")


class Run:
    """A run that is judged every minute."""

    def __init__(self) -> None:
        self.alerts = Alerts(cooldown=3600)
        self.now = 1e9

    def judged(self, *findings: Finding, early: tuple[Finding, ...] = (), minutes: int = 1) -> list[str]:
        self.now += 60 * minutes
        news = self.alerts.news("run-7", findings, early, self.now)
        return [f"{one.kind} {one.finding.id}" for one in news]

    def gone(self) -> list[str]:
        return [told for _ in range(GONE) for told in self.judged()]


def test_a_finding_is_told_once_when_two_judgements_agree() -> None:
    run = Run()
    assert [run.judged(finding()) for _ in range(4)] == [[], ["found divergence"], [], []]


def test_what_was_seen_once_only_is_not_told() -> None:
    run = Run()
    assert [run.judged(finding()), run.judged(), run.judged(finding()), run.judged()] == [[], [], [], []]


def test_what_is_critical_and_certain_is_told_at_once() -> None:
    assert Run().judged(finding("nan_loss", confidence=0.97)) == ["found nan_loss"]


def test_a_warning_that_becomes_critical_is_told_as_worse() -> None:
    run = Run()
    run.judged(finding(severity="warning"))
    assert run.judged(finding(severity="warning")) == ["found divergence"]
    assert [run.judged(finding()) for _ in range(3)] == [[], ["worse divergence"], []]
    assert run.judged(finding(severity="warning")) == []


def test_a_recovery_is_told_once_and_only_when_it_lasts() -> None:
    run = Run()
    run.judged(finding()), run.judged(finding())
    assert run.judged() == []
    assert run.judged(finding()) == []
    assert run.gone() == ["recovered divergence"]
    assert run.gone() == []


def test_what_comes_back_within_the_cool_down_flaps_in_silence() -> None:
    run = Run()
    run.judged(finding()), run.judged(finding()), run.gone()
    for _ in range(3):
        assert run.judged(finding()) + run.judged(finding()) + run.gone() == []


def test_what_comes_back_later_is_told_again() -> None:
    run = Run()
    run.judged(finding()), run.judged(finding()), run.gone()
    run.judged(minutes=90)
    assert run.judged(finding()) + run.judged(finding()) == ["found divergence"]


def test_what_came_back_in_silence_and_stays_is_told_when_the_cool_down_is_over() -> None:
    run = Run()
    run.judged(finding()), run.judged(finding()), run.gone()
    assert run.judged(finding()) + run.judged(finding()) == []
    assert run.judged(finding(), minutes=90) == ["found divergence"]


def test_a_clock_that_was_set_back_does_not_make_the_cool_down_last() -> None:
    run = Run()
    run.judged(finding()), run.judged(finding()), run.gone()
    assert run.judged(finding(), minutes=-600) + run.judged(finding()) == ["found divergence"]


def test_an_early_warning_is_told_as_one_and_does_not_stand_for_the_verdict() -> None:
    run = Run()
    early = (finding("divergence", "info"),)
    assert run.judged(early=early) + run.judged(early=early) == ["early divergence"]
    assert run.judged(finding()) + run.judged(finding()) == ["found divergence"]


def test_a_warning_is_never_told_at_first_sight() -> None:
    run, stuck = Run(), finding("not_learning", confidence=0.98)
    assert [run.judged(early=(stuck,)), run.judged(early=(stuck,))] == [[], ["early not_learning"]]


def test_the_end_of_an_early_warning_is_no_recovery() -> None:
    run = Run()
    early = (finding("rising_gradients", "info"),)
    run.judged(early=early), run.judged(early=early)
    assert run.gone() == []


def test_nothing_is_told_twice_by_a_watcher_that_was_started_again() -> None:
    run = Run()
    run.judged(finding()), run.judged(finding())
    kept = json.dumps(run.alerts.as_document())
    run.alerts = Alerts.from_document(json.loads(kept), 3600)
    assert run.judged(finding()) + run.judged(finding()) == []
    assert run.gone() == ["recovered divergence"]


def test_that_a_finding_is_certain_is_said_once_and_only_of_what_was_told() -> None:
    run, nan = Run(), finding("nan_loss", confidence=0.97)
    assert run.alerts.certain("run-7", [nan]) == []
    run.judged(nan)
    assert run.alerts.certain("run-7", [nan]) == [nan]
    run.judged(nan)
    assert run.alerts.certain("run-7", [nan]) == []
