"""What to change next for a run in which something is wrong: the setting, its value now, the value to try, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tools.compare import knobs
from tools.detectors._config import Config
from tools.hypotheses.from_results import NOT_BY_SETTING
from tools.records import Diagnosis, Scalar
from tools.results import Counterpart, Suggestion

MOST = 5

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "learning_rate": (
        "lr",
        "learning_rate",
        "base_lr",
        "lr0",
        "max_lr",
        "peak_lr",
        "initial_lr",
        "init_lr",
        "initial_learning_rate",
    ),
    "gradient_clipping": (
        "max_grad_norm",
        "grad_clip",
        "gradient_clip_val",
        "clip_grad_norm",
        "grad_clip_norm",
        "clip",
    ),
    "warmup": ("warmup_steps", "warmup_iters", "warmup_epochs", "num_warmup_steps", "warmup_ratio", "warmup"),
    "batch_size": ("batch_size", "bs", "train_batch_size", "per_device_train_batch_size", "batch"),
    "weight_decay": ("weight_decay", "wd", "l2"),
    "dropout": ("dropout", "drop_rate", "dropout_rate", "drop"),
    "early_stopping": ("early_stopping", "early_stopping_patience", "patience"),
    "decay_steps": ("lr_decay_iters", "decay_steps", "lr_decay_steps", "t_max"),
    "epochs": ("epochs", "num_epochs", "max_epochs", "num_train_epochs", "n_epochs"),
    "width": ("hidden_size", "hidden_dim", "d_model", "n_embd", "width", "num_units", "dim", "hidden"),
    "depth": ("num_layers", "n_layers", "n_layer", "layers", "depth"),
    "schedule": ("schedule", "lr_schedule", "scheduler", "lr_scheduler", "lr_scheduler_type"),
    "precision": ("precision", "dtype", "fp16", "amp", "mixed_precision"),
    "activation": ("activation", "act_fn", "nonlinearity", "act", "hidden_act"),
    "initialisation": ("init", "initializer", "weight_init", "kernel_initializer"),
    "shuffle": ("shuffle", "shuffle_train"),
    "entropy_coefficient": ("ent_coef", "entropy_coef", "entropy_coefficient", "entropy_weight"),
    "kl_weight": ("beta", "kl_weight", "kl_coef", "kld_weight"),
    "class_weights": ("class_weights", "class_weight", "pos_weight"),
}
"""Names that configs use; the first one that is set is the one that the suggestion names."""


Proposal = Callable[[Scalar, Config], Scalar]
"""From the value now and the whole configuration to the value to try; None where there is nothing to say."""


def _times(factor: float, digits: int = 3) -> Proposal:
    def scaled(now: Scalar, _config: Config) -> Scalar:
        return (
            float(f"{now * factor:.{digits}g}") if isinstance(now, int | float) and not isinstance(now, bool) else None
        )

    return scaled


def _from(start: float, factor: float) -> Proposal:
    """A first value where the setting is off, else a multiple of what it is."""
    return lambda now, config: _times(factor)(now, config) if isinstance(now, int | float) and now else start


def _if_off(start: Scalar) -> Proposal:
    return lambda now, _config: None if now else start


def _to(value: Scalar) -> Proposal:
    return lambda _now, _config: value


def _whole_run(_now: Scalar, config: Config) -> Scalar:
    return config.total_steps


@dataclass(frozen=True)
class Rule:
    """If this was found, change that setting; `proposed` takes its value now (None where the config does not say)."""

    findings: tuple[str, ...]
    setting: str
    proposed: Proposal
    reason: str


RULES = (
    Rule(("divergence",), "learning_rate", _times(0.1), "a tenth of the rate at which the loss blew up"),
    Rule(
        ("lr_too_high", "exploding_gradients", "nan_loss", "missing_warmup", "repeated_spikes", "dead_relu"),
        *("learning_rate", _times(1 / 3, digits=2), "a third of the rate; the next trial tells whether that is enough"),
    ),
    Rule(("lr_too_low",), "learning_rate", _times(10), "the loss was still falling when the run ended"),
    Rule(("slow_convergence",), "learning_rate", _times(3), "steps are too small for the length of the run"),
    Rule(("missing_warmup", "divergence"), "warmup", _if_off(200), "early steps at the full rate do the damage"),
    Rule(
        ("exploding_gradients", "divergence", "loss_spike", "repeated_spikes"),
        *("gradient_clipping", _from(1.0, 0.3), "bounds what one bad step can do"),
    ),
    Rule(("over_clipping",), "gradient_clipping", _times(10), "clipped at nearly every step, steps are far too short"),
    Rule(("lr_decay_too_early",), "decay_steps", _whole_run, "the rate was gone while the loss still fell"),
    Rule(("overfitting", "late_stopping"), "weight_decay", _from(0.01, 10), "holds the weights back from memorising"),
    Rule(("overfitting",), "dropout", _from(0.2, 1.5), "makes single units less able to memorise"),
    Rule(("overfitting", "late_stopping"), "early_stopping", _to(True), "the best weights are from the onset"),
    Rule(("underfitting",), "width", _times(2), "the network is too small for what both losses still hold"),
    Rule(("overfitting",), "width", _times(0.5), "a smaller network memorises less"),
    Rule(("vanishing_gradients",), "depth", _times(0.5), "fewer layers for the gradient to pass"),
    Rule(("not_converged", "slow_convergence"), "epochs", _times(1.5), "it was still improving when it ended"),
    Rule(("plateau", "oscillation"), "schedule", _to("cosine"), "a rate that falls lets the loss settle"),
    Rule(("batch_too_small", "noisy_loss"), "batch_size", _times(4), "halves the noise of a step"),
    Rule(("oom_crash",), "batch_size", _times(0.5), "needs about half the memory for activations"),
    Rule(("fp16_overflow", "nan_loss"), "precision", _to("bfloat16"), "has the range of float32"),
    Rule(("vanishing_gradients",), "activation", _to("relu"), "does not saturate"),
    Rule(("dead_relu",), "activation", _to("leaky_relu"), "passes some gradient for negative inputs too"),
    Rule(("bad_init", "vanishing_gradients"), "initialisation", _to("kaiming"), "keeps the scale from layer to layer"),
    Rule(("unshuffled_data",), "shuffle", _to(True), "batches then are samples of the whole data"),
    Rule(("class_collapse",), "class_weights", _to("balanced"), "makes the rare classes count"),
    Rule(("entropy_collapse",), "entropy_coefficient", _from(0.01, 3), "keeps the policy exploring"),
    Rule(("posterior_collapse",), "kl_weight", _times(0.1), "lets the latent code carry information"),
)  # fmt: skip


def suggest(
    params: Mapping[str, Scalar], diagnosis: Diagnosis, counterpart: Counterpart | None = None
) -> tuple[Suggestion, ...]:
    """At most five changes, the best supported first: what worked in a sibling run, then rules for the findings.

    Each setting is named once. A run in which nothing is wrong gets no suggestion from here.
    """
    found: dict[str, Suggestion] = {}
    tried = () if diagnosis.findings and diagnosis.findings[0].id in NOT_BY_SETTING else _from_counterpart(counterpart)
    for one in (*tried, *_from_rules(params, diagnosis)):
        found.setdefault(one.param, one)
    return tuple(found.values())[:MOST]


def _from_counterpart(other: Counterpart | None) -> Iterator[Suggestion]:
    """The one setting in which a healthy and better run differs has been tried already."""
    if other is None or other.confounded or other.best is None or not _is_better(other):
        return
    for difference in knobs(other.differences):
        own = "no finite value" if other.own_best is None else f"{other.own_best:.6g}"
        reason = (
            f"the only setting in which the healthy run {other.run.run} differs; "
            f"it reached {other.metric} {other.best:.6g} against {own}"
        )
        yield Suggestion(difference.key, difference.values[0], difference.values[1], reason)


def _is_better(other: Counterpart) -> bool:
    if other.own_best is None or other.best is None:
        return other.own_best is None
    return other.best > other.own_best if other.goal == "higher" else other.best < other.own_best


def _from_rules(params: Mapping[str, Scalar], diagnosis: Diagnosis) -> Iterator[Suggestion]:
    config = Config(params)
    for finding in diagnosis.findings:
        if finding.severity == "info" or finding.role_in_cascade == "effect":
            continue
        for rule in RULES:
            if finding.id in rule.findings:
                key, now = config.entry(*SETTINGS[rule.setting]) or (rule.setting, None)
                proposed = rule.proposed(now, config)
                if proposed is not None and proposed != now:
                    yield Suggestion(key, now, proposed, rule.reason, finding.id)
