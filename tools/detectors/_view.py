"""One run as detectors see it: its curves smoothed and measured once, then shared by all detectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tools.detectors._base import Threshold
from tools.detectors._config import Config
from tools.detectors._domains import Domain, domains_of
from tools.detectors._once import once
from tools.records import Curve, Evidence, Finding, Floats, RunData, Series, Severity
from tools.stats import blocks, median, noise, rolling_median

THIN_POINTS = 4000
MIN_POINTS = 4
"""Fewer finite points than this show no shape."""
SMOOTHING_SHARE = 25
"""The smoothing window is 1/25 of the curve, at least 3 points from 9 points on."""
DENOISED = 0.7
STUCK = Threshold(
    "not_learning", "learned", 0.06, 0.001, 0.9, "share",
    "no loss ends this share below its start (other findings about a stuck run go by it too)",
    "the way from a first guess to the prior: class frequencies, the mean",
)  # fmt: skip
PRIOR_SHARE = 0.2
"""A fifth of the loss may go with the first epoch, when the start was a little above the prior."""
GOOD = 0.9
"""Share of right answers that a model which has learned nothing gives by chance only where classes are lopsided."""
NOISY_SHARE = 0.15
"""With noisy losses up to 15%, as far as two standard errors allow."""
DOMAIN_ROLES = ("reward", "policy_loss", "generator_loss", "discriminator_loss")
"""Where these are logged a loss that rises or stalls means nothing by itself (RL surrogates, adversarial games)."""


@dataclass(frozen=True)
class Trace:
    """A curve of finite points, lower is better, with its levels. `y` is in the unit of the log, x on the series'
    axis."""

    series: Series
    x: Floats
    y: Floats

    @cached_property
    def n(self) -> int:
        """Number of finite points."""
        return len(self.y)

    @cached_property
    def window(self) -> int:
        """Points in the smoothing window."""
        return max(3 if self.n >= 9 else 1, (self.n // SMOOTHING_SHARE) | 1)

    @cached_property
    def smooth(self) -> Floats:
        """Centred rolling median of y."""
        return rolling_median(self.y, self.window)

    @cached_property
    def start(self) -> float:
        """Level of the first 2% of the points (at least one)."""
        return median(self.y[: max(1, self.n // 50)])

    @cached_property
    def top(self) -> float:
        """The start level, or the very first value where the curve fell too fast for a level."""
        first = float(self.y[0])
        return first if first - self.start > 4.0 * self.sigma else self.start

    @cached_property
    def end(self) -> float:
        """Level of the last tenth (at least three points, if there are more than six)."""
        return median(self.y[-max(3 if self.n > 6 else 1, self.n // 10) :])

    @cached_property
    def best_at(self) -> int:
        """Index of the lowest smoothed value."""
        return int(np.argmin(self.smooth))

    @cached_property
    def best(self) -> float:
        """Lowest smoothed value."""
        return float(self.smooth[self.best_at])

    @cached_property
    def sigma(self) -> float:
        """Point-to-point noise of the second half."""
        return noise(self.y[self.n // 2 :])

    @cached_property
    def thin(self) -> Trace:
        """The same curve as block medians, at most THIN_POINTS: for shapes that last, not for single points."""
        x, y = blocks(self.x, self.y, THIN_POINTS)
        return self if len(y) == self.n else Trace(self.series, x, y)

    @cached_property
    def blur(self) -> float:
        """Standard error of the difference between start and end level."""
        return self.sigma * float(np.sqrt(1.0 / max(1, self.n // 50) + 1.0 / max(3, self.n // 10)))

    @cached_property
    def improvement(self) -> float:
        """How far the smoothed curve ever got below its start; never negative."""
        return max(self.start - self.best, 0.0)

    @cached_property
    def scale(self) -> float:
        """A size to measure changes by: the start level, or the whole range where the curve crosses or lies below
        zero."""
        if self.n and float(self.y.min()) >= 0:
            return max(abs(self.start), 1e-300)
        return max(float(np.quantile(self.y, 0.95) - np.quantile(self.y, 0.05)), 1e-300)

    @cached_property
    def gain(self) -> float:
        """Improvement as a share of `scale`."""
        return self.improvement / self.scale

    def level(self, low: float, high: float) -> float:
        """Median of y between two shares (0 to 1) of the points."""
        a = min(int(low * self.n), self.n - 1)
        return median(self.y[a : max(a + 1, int(high * self.n))])

    def at(self, x: float) -> float:
        """Smoothed value at position x, interpolated; the end values outside."""
        return float(np.interp(x, self.x, self.smooth))

    def index(self, x: float) -> int:
        """Index of the first point at or after position x (the last one when x is beyond)."""
        return min(int(np.searchsorted(self.x, x)), self.n - 1)

    def evidence(self, *indices: int) -> tuple[Evidence, ...]:
        """The logged points at these indices, in order and without repeats."""
        kept = sorted({int(i) % self.n for i in indices})
        return tuple(Evidence(self.series.metric, float(self.x[i]), float(self.y[i])) for i in kept)


def trace_of(series: Series | None, least: int = MIN_POINTS) -> Trace | None:
    """The finite part of a series, or None when fewer than `least` points are left."""
    trace = None if series is None else _whole(series)
    return trace if trace is not None and trace.n >= least else None


@once
def _whole(series: Series) -> Trace:
    """All finite points, so that whoever asks for a curve finds it measured already."""
    curve = series.curve.finite
    return Trace(series, curve.x, curve.y)


@dataclass(frozen=True)
class View:
    """The curves of a run by what they mean. None: not logged, or too few finite points."""

    data: RunData

    @cached_property
    def config(self) -> Config:
        """The hyperparameters."""
        return Config(self.data.params)

    @cached_property
    def domains(self) -> frozenset[Domain]:
        """The kinds of training that this run is beyond a plain supervised one."""
        return domains_of(self.data)

    @cached_property
    def train(self) -> Trace | None:
        """The training loss with the most points."""
        return self._measured("train_loss", MIN_POINTS)

    @cached_property
    def eval(self) -> Trace | None:
        """The evaluation loss with the most points."""
        return self._measured("eval_loss", 3)

    def _measured(self, role: str, least: int) -> Trace | None:
        """The longest series of a role that is not zero from end to end: such a column was never filled."""
        traces = (trace_of(s, least) for s in self.data.with_role(role))
        return next((t for t in traces if t is None or bool(np.any(t.y != 0.0))), None)

    @cached_property
    def supervised(self) -> bool:
        """Whether a falling loss is what success looks like here."""
        return not self.data.with_role(*DOMAIN_ROLES)

    def score(self, role: str, *families: str) -> Trace | None:
        """The longest score of that role ("train_score", "eval_score") and family, as logged (higher may be better)."""
        found = [s for s in self.data.with_role(role) if not families or s.family in families]
        return trace_of(found[0], least=2) if found else None

    @cached_property
    def lr(self) -> Curve | None:
        """The learning rate as logged, finite points only."""
        trace = trace_of(self.data.main("learning_rate"), least=2)
        return None if trace is None else Curve(trace.x, trace.y)

    @cached_property
    def peak_lr(self) -> float | None:
        """The largest learning rate logged, else the one configured."""
        if self.lr is not None and float(self.lr.y.max()) > 0:
            return float(self.lr.y.max())
        return self.config.learning_rate

    def lr_until(self, series: Series, at: float) -> float | None:
        """The rate to blame for what a series did at a place: `peak_lr`, or the highest one logged up to there where
        the rate went on to more than twice that without being set to (a schedule that ran away)."""
        peak, rate, told = self.peak_lr, self.data.main("learning_rate"), self.config.learning_rate or 0.0
        if peak is None or self.lr is None or rate is None or rate.axis != series.axis or not np.any(self.lr.x <= at):
            return peak
        reached = float(self.lr.y[self.lr.x <= at].max())
        return reached if 0.0 < 2.0 * reached < peak and told < peak / 2.0 else peak

    @cached_property
    def losses(self) -> tuple[Trace, ...]:
        """Training and evaluation loss, as far as they are there."""
        return tuple(t for t in (self.train, self.eval) if t is not None)

    @cached_property
    def way(self) -> float:
        """The largest distance any of the losses came down from its first value: all improvement of the run."""
        return max([t.top - t.best for t in self.losses], default=0.0)

    @cached_property
    def progress(self) -> float | None:
        """The larger gain of training and evaluation loss: 0 nothing was learned, 1 all loss is gone."""
        gains = [t.gain for t in (self.train, self.eval) if t is not None]
        return max(gains) if gains else None

    @cached_property
    def stuck(self) -> bool:
        """Nothing was learned: the loss is flat, where that says so."""
        return self._flat and not self.hides_learning

    @cached_property
    def hides_learning(self) -> bool:
        """A flat training loss of a denoiser well below 1 (the variance of the noise, and the loss of knowing nothing):
        how much noise the rows of a batch got hides what is learned."""
        t = self.train
        noisy = self.eval is None and t is not None and t.end < DENOISED
        return noisy and "denoising" in self.domains and self._flat

    @cached_property
    def _flat(self) -> bool:
        """No loss ends 6% below its start, noise aside; one that leaps up in the first steps began where it was
        before."""
        if not self.losses or not self.supervised or self._unordered or self.config.pretrained or self.good_already:
            return False
        least = [max(STUCK.of(self.data) * t.scale, min(2.0 * t.blur, NOISY_SHARE * t.scale)) for t in self.losses]
        began = [min(t.start, float(t.y[0]) + t.sigma) for t in self.losses]
        still = [at - t.end < enough for at, t, enough in zip(began, self.losses, least, strict=True)]
        return all(still) or (still[-1] and self._only_prior())

    @cached_property
    def good_already(self) -> bool:
        """Nine of ten answers were right at the first evaluation already, rare classes included where that is told:
        little was left to learn."""
        fair, score = self.score("eval_score", "balanced_accuracy", "f1"), self.score("eval_score", "accuracy")
        if score is None:
            return False
        return all(float(s.y[0]) >= GOOD * (100.0 if float(s.y.max()) > 1.5 else 1.0) for s in (score, fair) if s)

    @property
    def _unordered(self) -> bool:
        """Rows of evaluations alone, without step or epoch: a list of results need not be the course of one run."""
        return self.train is None and all(t.series.axis == "row" for t in self.losses)

    def _only_prior(self) -> bool:
        """The training loss came down a little in the first steps (to the class frequencies) and never after."""
        t, e = self.train, self.eval
        if t is None or e is None or t.series.axis != e.series.axis or t.n < 2 * e.n:
            return False
        later = t.y[t.index(float(e.x[0])) :]
        fall = float(np.median(later[: max(3, len(later) // 10)])) - t.end
        fell = float(np.mean(t.y[:2])) - t.end > max(PRIOR_SHARE * t.scale, 2.0 * t.sigma) + t.start - t.end
        return (
            not fell
            and t.start - t.end < PRIOR_SHARE * t.scale
            and fall < max(STUCK.of(self.data) * t.scale, 2.0 * t.blur)
        )

    @cached_property
    def gathered(self) -> str:
        """Story lines of the log in one lower-case text (at most 20,000 characters from either end)."""
        text = "\n".join(line.text for line in self.data.log_lines).lower()
        return text if len(text) <= 40_000 else text[:20_000] + text[-20_000:]


@once
def view_of(data: RunData) -> View:
    """The view of a run, made once however many detectors ask for it."""
    return View(data)


def finding(
    issue: str,
    severity: Severity,
    confidence: float,
    series: Series,
    summary: str,
    evidence: tuple[Evidence, ...],
    fix: str,
    onset: float | None = None,
) -> Finding:
    """A finding about a series; `onset` is a position on its axis and is given in steps and epochs as far as the log
    has them."""
    step: int | None = None
    epoch: float | None = None
    if onset is not None:
        step = series.step_at(onset)
        epoch = series.epoch_at(onset)
        if series.axis == "row":
            epoch = onset
    return Finding(
        id=issue,
        severity=severity,
        confidence=round(min(max(confidence, 0.0), 1.0), 2),
        metric=series.metric,
        summary=summary,
        evidence=evidence,
        fix=fix,
        onset_step=step,
        onset_epoch=epoch,
    )


def where(series: Series, x: float) -> str:
    """A position in words: "step 412", "epoch 3.5", "row 7"."""
    return f"{series.axis} {x:g}"
