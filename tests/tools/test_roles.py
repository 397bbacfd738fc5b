"""Names as people log them, and the part each plays."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.roles import assign_roles, role_of

NAMES = {
    "loss": "train_loss", "train_loss": "train_loss", "train/loss": "train_loss", "loss_train": "train_loss",
    "Loss/val": "eval_loss", "eval_loss": "eval_loss", "nll/test": "eval_loss", "objective_heldout": "eval_loss",
    "DEV_LOSS": "eval_loss", "validation_0-logloss": "eval_loss", "lm loss": "train_loss", "val_bpb": "eval_loss",
    "train/CrossEntropyLoss": "train_loss", "train_inner_loss": "train_loss", "valid/ce-mean-words": "eval_loss",
    "val_acc": "eval_score", "metrics/mAP50(B)": "eval_score", "acc@1/train": "train_score", "DEV_F1": "eval_score",
    "val_f1_score": "eval_score", "eval/bleu": "eval_score", "r2_dev": "eval_score", "Train-accuracy": "train_score",
    "grad_norm": "grad_norm", "total_grad_norm": "grad_norm", "opt/gnorm": "grad_norm", "gNorm": "grad_norm",
    "Grad/global_norm": "grad_norm", "norm": "grad_norm", "grad_l2": "grad_norm",
    "grad_norm/layer0": "layer_grad_norm", "grads/block1.weight": "layer_grad_norm",
    "cur_lr": "learning_rate", "lr/pg0": "learning_rate", "lr-Adam": "learning_rate", "L.r.": "learning_rate",
    "x/lr0": "learning_rate", "LEARNING_RATE": "learning_rate",
    "dt": "step_time", "elapsed time per iteration (ms)": "step_time", "sec_per_epoch": "step_time",
    "time/data": "data_time", "t_data": "data_time", "data_time": "data_time",
    "tok/sec": "throughput", "samples_per_sec": "throughput", "RunningAvgSamplesPerSec": "throughput",
    "words/s": "throughput", "imgs_per_sec": "throughput",
    "loss scale": "loss_scale", "scaler_scale": "loss_scale", "amp/scale": "loss_scale",
    "amp/skipped": "skipped_steps", "number of skipped iterations": "skipped_steps",
    "process_memory_MB": "memory", "rss_mb": "memory", "System/Peak GPU Memory (MB)": "memory",
    "frac_dead_layer1": "dead_units", "activations/fc1_zeros": "dead_units", "act_zero/layer0": "dead_units",
    "w_norm": "weight_norm", "params/norm": "weight_norm",
    "kl_loss": "kl", "test_KLD": "kl", "train/approx_kl": "kl", "reconstruction_loss": "loss_component",
    "d_loss": "discriminator_loss", "Loss/G/loss": "generator_loss", "p_fake": "discriminator_fake",
    "d_real": "discriminator_real", "gen_diversity": "diversity",
    "H": "entropy", "train/entropy": "entropy", "rollout/ep_rew_mean": "reward", "AverageEpRet": "reward",
    "mean_return": "reward", "EpLen": "episode_length", "train/policy_gradient_loss": "policy_loss",
    "LossV": "value_loss", "val_perplexity": "perplexity", "_timestamp": "time", "_runtime": "time",
    "clipped": "clip_rate", "grad_clipped": "clip_rate", "pre_clip_grad_norm": "grad_norm", "total_norm": "grad_norm",
    "grad_inf_norm": "grad_norm", "opt/eta": "learning_rate", "step_size": "learning_rate", "lrate": "learning_rate",
    "eta": "time", "t_step": "step_time", "alloc_gb": "memory", "tgs": "throughput", "nats_per_dim": "train_loss",
    "val/nats": "eval_loss", "R^2": "eval_score", "expl_var": "eval_score", "val_prec1": "eval_score",
    "avg_score": "eval_score", "cuda_mb": "memory", "gpu_0_gib": "memory", "g_l2": "grad_norm",
}  # fmt: skip
RISING = ("log-prob-per-frame", "avg like per frame", "test_log_likelihood", "valid/log-probability for output-xent")
FALLING = ("nll_per_frame", "neg_log_likelihood", "negative log prob", "log_likelihood_loss", "objective")
UNNAMED = ("zorp", "l", "my_metric", "target", "x1")
NO_ROLE = (
    "id",
    "momentum",
    "DeltaLossPi",
    "episode_reward_min",
    "num zeros",
    "StdEpRet",
    "seed",
    "min_val_loss",
    "gradnorm_clipped",
)
TABLE = Path(__file__).parents[1] / "fixtures" / "names.txt"
LOGGED = [tuple(line.split(" | ")) for line in TABLE.read_text("utf-8").splitlines() if line and line[0] != "#"]
NOBODY_DOUBTS = ("val_loss", "train/loss", "lr", "learning_rate", "grad_norm", "val_acc", "tokens/s", "eval_perplexity")
A_HABIT_SAYS = ("loss", "accuracy", "entropy", "box_loss", "test_loss", "fc1/grad_norm", "elbo", "clip")


@pytest.mark.parametrize(("name", "role"), NAMES.items())
def test_a_logged_name_has_its_role(name: str, role: str) -> None:
    assert role_of(name).role == role


@pytest.mark.parametrize(("name", "goal"), [*((n, "higher") for n in RISING), *((n, "lower") for n in FALLING)])
def test_a_likelihood_is_better_when_higher_unless_it_is_called_a_loss(name: str, goal: str) -> None:
    assert role_of(name).goal == goal


@pytest.mark.parametrize("name", UNNAMED)
def test_a_name_that_means_nothing_stays_unmapped(name: str) -> None:
    match = role_of(name)
    assert (match.role, match.confidence) == (None, 0.0)


@pytest.mark.parametrize("name", NO_ROLE)
def test_a_name_that_nobody_judges_by_has_no_role_and_is_understood(name: str) -> None:
    match = role_of(name)
    assert match.role is None
    assert match.confidence >= 0.9


@pytest.mark.parametrize(("name", "role", "split", "goal"), LOGGED, ids=[row[0] for row in LOGGED])
def test_names_of_every_framework_are_understood(name: str, role: str, split: str, goal: str) -> None:
    match = role_of(name)
    assert (match.role or ("-" if match.confidence else "?"), match.split or ".", match.goal or ".") == (
        role,
        split,
        goal,
    )


@pytest.mark.parametrize("name", NOBODY_DOUBTS)
def test_what_means_one_thing_to_everybody_is_sure(name: str) -> None:
    assert role_of(name).confidence >= 0.9


@pytest.mark.parametrize("name", A_HABIT_SAYS)
def test_what_only_a_habit_tells_is_less_sure(name: str) -> None:
    assert 0.5 <= role_of(name).confidence < 0.9


def test_only_the_user_is_certain() -> None:
    assert max(role_of(name).confidence for name, *_ in LOGGED) < 1.0


@pytest.mark.parametrize(
    ("name", "goal"), [("val_acc", "higher"), ("val_mae", "lower"), ("eval_r2", "higher"), ("val_loss", "lower")]
)
def test_a_role_says_which_direction_is_better(name: str, goal: str) -> None:
    assert role_of(name).goal == goal


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["acc", "val_acc"], {"acc": "train_score"}),
        (["train/loss", "train/acc", "val/loss", "metrics/accuracy_top1"], {"metrics/accuracy_top1": "eval_score"}),
        (["train_loss", "val_loss", "accuracy"], {"accuracy": "eval_score"}),
        (["loss", "val_loss", "accuracy"], {"accuracy": "train_score"}),
        (["train/box_loss", "train/cls_loss", "val/cls_loss"],
         {"train/box_loss": "train_loss", "val/cls_loss": "eval_loss"}),
        (["loss", "kl_loss", "reconstruction_loss"], {"reconstruction_loss": "loss_component", "loss": "train_loss"}),
        (["train-rmse", "validation-rmse"], {"train-rmse": "train_loss", "validation-rmse": "eval_loss"}),
        (["G_loss", "critic_loss"], {"critic_loss": "discriminator_loss"}),
        (["actor_loss", "critic_loss"], {"critic_loss": "value_loss"}),
        (["r", "l", "t"], {"r": "reward", "l": "episode_length", "t": "time"}),
        (["time", "data_time", "loss"], {"time": "step_time"}),
        (["loss", "rewards/accuracies"], {"rewards/accuracies": "train_score"}),
        (["charts/episodic_return", "losses/explained_variance"], {"losses/explained_variance": "train_score"}),
        (["Loss/G/loss", "Loss/r1_penalty"], {"Loss/r1_penalty": "loss_component"}),
        (["cosine_pearson", "cosine_spearman"], {"cosine_pearson": "eval_score", "cosine_spearman": "eval_score"}),
        (["Average Score", "Epsilon"], {"Average Score": "reward"}),
        (["train-rmse", "train-rmse stdv"], {"train-rmse stdv": None}),
        (["valid_0's l2", "training's l2"], {"valid_0's l2": "eval_loss", "training's l2": "train_loss"}),
    ],
)  # fmt: skip
def test_names_are_read_in_view_of_each_other(names: list[str], expected: dict[str, str | None]) -> None:
    roles = assign_roles(names)
    assert {name: roles[name].role for name in expected} == expected


@given(st.text(max_size=60))
def test_any_text_may_be_a_name(name: str) -> None:
    match = role_of(name)
    assert 0.0 <= match.confidence <= 1.0
    assert match.role is None or match.confidence > 0.0


def test_real_logs_give_each_training_curve_a_role(real_logs: Path) -> None:
    entries = json.loads((real_logs / "expected.json").read_text(encoding="utf-8"))
    expected = [e["expected"] for e in entries if isinstance(e["expected"], dict)]
    names = {n for e in expected for n in e.get("metric_names", [])}
    unmapped = {n for n in names if "loss" in n.lower() and "…" not in n and role_of(n).role is None}
    assert unmapped <= {"Loss/signs/fake", "Loss/signs/real", "DeltaLossPi", "DeltaLossV", "valid/best_loss"}
