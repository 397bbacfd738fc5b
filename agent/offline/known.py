"""What the workspace holds, as far as the tools have told: the runs, the logged metrics, the hyperparameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from agent.offline.lexicon import EVAL_WORDS, PARAMS, QUANTITIES, TEST_WORDS, TRAIN_WORDS
from agent.offline.terms import MetricAsk
from agent.offline.words import distance, parts_of

SPLITS = EVAL_WORDS | TEST_WORDS | TRAIN_WORDS


@dataclass(frozen=True)
class KnownRun:
    """A run of the workspace."""

    run: str
    number: int = 0
    name: str = ""
    verdict: str = ""
    status: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Everything people may call it: id, name, the last part of either."""
        spellings = (self.run, self.name, self.run.rsplit("/", 1)[-1], self.name.rsplit("/", 1)[-1])
        return tuple(dict.fromkeys(s for s in spellings if s))


@dataclass(frozen=True)
class KnownMetric:
    """A logged metric: how many runs log it, how many points there are, and what it means."""

    name: str
    role: str | None = None
    runs: int = 0
    points: int = 0
    split: str | None = None
    goal: str | None = None
    family: str = ""


@dataclass(frozen=True)
class Known:
    """The workspace as a vocabulary."""

    runs: tuple[KnownRun, ...] = ()
    metrics: tuple[KnownMetric, ...] = ()
    params: tuple[str, ...] = ()

    def run(self, run: str) -> KnownRun | None:
        """The entry of a run id."""
        return next((known for known in self.runs if known.run == run), None)

    def label(self, run: str) -> str:
        """How to write a run: its name where that is unique and telling, else its id."""
        known = self.run(run)
        if known is None or not known.name:
            return run
        twins = [other for other in self.runs if other.name == known.name]
        return known.name if len(twins) == 1 else run

    def with_number(self, number: int) -> tuple[str, ...]:
        """Ids of the runs that are meant by "run 7": named so, else numbered so."""
        named = [r.run for r in self.runs if any(_says_number(name, number) for name in r.names)]
        return tuple(named or [r.run for r in self.runs if r.number == number])

    def metric_names(self, ask: MetricAsk) -> tuple[str, ...]:
        """Logged names that the words can mean, best first; alternatives of the same fit are all given."""
        scored = [(fit, m) for m in self.metrics if (fit := _fit(ask, m)) > 0]
        if not scored:
            return ()
        top = max(fit for fit, _ in scored)
        good = sorted((m for fit, m in scored if fit == top), key=lambda m: (-m.runs, -m.points, len(m.name), m.name))
        # Runs of one sweep spell it differently: what plays the same part stands in where the very name is not logged.
        kin = [m for fit, m in scored if fit < top and m.role and _same_part(m, good[0])]
        return tuple(m.name for m in (*good, *kin))

    def param_keys(self, key: str) -> tuple[str, ...]:
        """Config keys that a hyperparameter of the lexicon (or a literal key) stands for, nearest first."""
        exact = [k for k in self.params if k.lower() == key.lower()]
        if exact:
            return tuple(exact)
        spellings = {squeezed(s) for s in PARAMS.get(key, (key,))} | {squeezed(key)}
        leaves = [(k, squeezed(k.rsplit(".", 1)[-1])) for k in self.params]
        whole = tuple(k for k, leaf in leaves if leaf in spellings)
        longer = (k for k, leaf in leaves if any(len(s) > 3 and leaf.endswith(s) for s in spellings))
        return whole or tuple(longer)  # "lora_dropout" is the dropout where there is no other


def squeezed(name: str) -> str:
    """A name without separators: "batch_size", "batch-size" and "batch size" are one."""
    return "".join(parts_of(name))


def _same_part(metric: KnownMetric, other: KnownMetric) -> bool:
    same = metric.role == other.role and metric.family == other.family
    same = same and (metric.split == other.split or metric.role == "learning_rate")
    return same and quantity_of(metric) == quantity_of(other)


def _says_number(name: str, number: int) -> bool:
    return re.fullmatch(rf"(?:run|exp|experiment|trial|job)?[-_ #]*0*{number}", name, re.I) is not None


def quantity_of(metric: KnownMetric) -> str:
    """The quantity of the lexicon that a logged metric belongs to, or nothing."""
    if set(parts_of(metric.name)) & {"recon", "reconstruction", "rec"}:
        return "recon"
    if metric.family in QUANTITIES and metric.family != "loss":
        return metric.family
    if metric.role in QUANTITIES:
        return str(metric.role)
    return "loss" if metric.role in ("train_loss", "eval_loss", "loss_component") else ""


def likeness(ask: MetricAsk, metric: KnownMetric) -> int:
    """How near a metric comes to what was asked for, on whatever data: 0 where it measures something else."""
    return _kinship(ask.quantity, quantity_of(metric), metric) if ask.quantity else 0


def _fit(ask: MetricAsk, metric: KnownMetric) -> int:
    """How well a logged name answers to the words: 0 not at all, 100 by its very name."""
    quantity, split = quantity_of(metric), side_of(metric)
    if ask.split and split and ask.split != split and {ask.split, split} != {"eval", "test"}:
        return 0
    plainly = bool(ask.quantity) and not ask.split and metric.role == "train_score"  # "accuracy" is held-out accuracy
    if squeezed(ask.text) == squeezed(metric.name) and not plainly:
        return 100
    if not ask.quantity:
        return 0
    kinship = _kinship(ask.quantity, quantity, metric)
    if not kinship or (
        ask.split == "train" and split is None and metric.role not in ("train_loss", "train_score", None)
    ):
        return 0
    side = (
        6 if split == (ask.split or "eval") else 4 if split and ask.split else 2 if not split and not ask.split else 1
    )
    own = set(parts_of(metric.name)) & set(parts_of(ask.text)) - SPLITS  # "bleu" is "valid/bleu-detok" before any kin
    return kinship + side + (8 if own else 0) + (1 if metric.role and not metric.role.startswith("layer") else 0)


def side_of(metric: KnownMetric) -> str | None:
    """The part of the data a metric was taken on; its role knows the neighbours of the name."""
    if metric.role in ("train_loss", "train_score"):
        return "train"
    if metric.role in ("eval_loss", "eval_score"):
        return metric.split if metric.split == "test" else "eval"
    return metric.split


def _kinship(asked: str, quantity: str, metric: KnownMetric) -> int:
    if asked == quantity:
        return 30
    if asked == "accuracy" and quantity == "balanced_accuracy":
        return 10
    if asked == "loss" and (metric.role in ("train_loss", "eval_loss") or quantity in ("recon", "perplexity")):
        return 20 if metric.role in ("train_loss", "eval_loss") else 5
    if asked == "recon" and quantity == "loss":
        return 5
    if asked in ("mse", "mae", "rmse") and quantity == "loss":
        return 5 if metric.role in ("train_loss", "eval_loss") else 0
    if asked == "error_rate" and quantity == "loss":
        return 3
    if asked == "score":
        return 20 if metric.role == "eval_score" else 15 if metric.role == "reward" else 0
    if asked == "reward" and quantity in ("score", "episode_length"):
        return 0
    if asked == "grad_norm" and quantity == "layer_grad_norm":
        return 5
    if asked == metric.role:
        return 25
    if (
        asked in ("accuracy", "f1", "auc", "r2", "overlap", "precision")
        and metric.role == "eval_score"
        and not quantity
    ):
        return 8
    return 0


def near_runs(text: str, runs: Iterable[KnownRun], count: int = 3) -> tuple[str, ...]:
    """The runs whose names come closest to a name that does not exist."""
    wanted = text.lower()

    def far(run: KnownRun) -> tuple[float, int]:
        shared = len(set(parts_of(wanted)) & set(parts_of(run.name or run.run)))
        d = min(distance(wanted, name.lower()) / max(len(wanted), len(name)) for name in run.names)
        return d - 0.2 * shared, run.number

    return tuple(run.run for run in sorted(runs, key=far)[:count])
