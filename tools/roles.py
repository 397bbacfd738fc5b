"""Logged names and the part they play in a run: "val_acc" is an eval score, "opt/gnorm" a gradient norm.

A name is cut into lower-case words; the first rule of `RULES` that matches the words names the role. Rules run from the
specific to the general, so that "grad_norm/layer0" is not a loss of layer 0 and "entropy" not a cross entropy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from tools.records import Goal

Role = Literal[
    "train_loss", "eval_loss", "train_score", "eval_score", "loss_component", "learning_rate",
    "grad_norm", "layer_grad_norm", "weight_norm", "update_norm", "loss_scale", "skipped_steps",
    "throughput", "step_time", "data_time", "memory", "entropy", "kl", "policy_loss", "value_loss",
    "reward", "episode_length", "generator_loss", "discriminator_loss", "discriminator_real", "discriminator_fake",
    "diversity", "dead_units", "clip_rate", "epoch", "step", "tokens", "time", "perplexity", "system",
]  # fmt: skip
Split = Literal["train", "eval", "test"]


@dataclass(frozen=True)
class RoleMatch:
    """What a name means: confidence 0 for an unmapped name, 1 for a name that leaves no doubt.

    `family` tells kindred metrics apart within a role: "loss", "accuracy", "balanced_accuracy", "f1", "r2", "mae", ...
    """

    role: Role | None
    confidence: float
    split: Split | None
    goal: Goal | None
    family: str = ""


UNMAPPED = RoleMatch(None, 0.0, None, None)


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


SPLITS: dict[Split, frozenset[str]] = {
    "train": _set("train training trn tr fit learn"),
    "eval": _set("val valid validation eval evaluation dev heldout holdout vali vld"),
    "test": _set("test testing tst"),
}
DECORATION = _set(
    "step epoch iter batch avg average mean running smooth smoothed ema inner total value last current cur ray tune"
    " info metrics metric per default raw log final lm main overall full model optim opt optimizer global rollout"
    " losses score scores ppo a2c charts"
)
"""Words around a name that do not change what it measures."""

_LOSS = r"\b(loss|losses|nll|cost|objective|obj|bce|xent|logloss|elbo|bpb|bpc|crossentropy|cross entropy|perceptual)\b"
_RATE = r"(s|sec|secs|second|seconds)"
_THING = r"(samples|sample|examples|tokens|tok|toks|imgs|img|images|words|steps|it|iters|batches|frames|rows)"

RULES: tuple[tuple[str, Role | None, Goal | None, float], ...] = (
    (r"\b(timestamp|ts|eta|wall( clock)?( time)?|unix)\b", "time", None, 0.9),
    (rf"\b{_THING} (per |p )?(device )?{_RATE}\b|\b(throughput|fps|mfu|sps|hfu)\b(?!.*total)",
     "throughput", "higher", 0.95),
    (r"\bsamples ?per ?sec", "throughput", "higher", 0.95),
    (r"\b(data|dataloader|loader|load|fetch|batch load) (time|ms|sec|s|wait|seconds)\b|\b(t|time) data\b",
     "data_time", "lower", 0.9),
    (r"\btime per (iteration|iter|step|batch|epoch|sample)"
     r"|\b(sec|secs|seconds|s|ms) per (it|iter|step|epoch|batch|kimg|tick)\b",
     "step_time", "lower", 0.95),
    (r"\b(epoch|batch|step|iter|iteration|train step|sec) (time|seconds|secs|sec|ms|s|duration|dt|kimg)\b"
     r"|\btime this iter\b"
     r"|\btime (iter|iteration|step|batch|epoch|cost)\b|\bstep avg\b|^(train )?dt( ms)?$|\biter ?time\b",
     "step_time", "lower", 0.9),
    (r"\b(runtime|elapsed|duration|total (time|sec|seconds|hours|days)|time (total|since)|walltime|uptime)\b",
     "time", None, 0.85),
    (r"^(train )?time( s| sec| ms)?$|\btrain seconds\b", "time", None, 0.5),
    (r"\b(ms|time|hours|days)\b", None, None, 0.0),
    (r"\b(cpu|gpu) (util|utilization|temp|temperature|percent|power)"
     r"|\b(disk|network|ram util|power watts|temperature c)\b",
     "system", None, 0.8),
    (r"\b(memory|mem|rss|vram|mib|ram|max rss|allocated|reserved)\b(?!.*(util|percent))", "memory", "lower", 0.9),
    (r"\b(loss|grad|gradient|scaler|amp|fp16|dynamic) scale(r)?\b|\bscaler( scale)?\b|^loss scale",
     "loss_scale", None, 0.95),
    (r"\b(skip|skipped|skips|overflow|overflows|overflowed)\b", "skipped_steps", "lower", 0.9),
    (r"\bnum zeros\b|\bnan iterations\b|\b(clip (range|threshold|fraction|coef|frac$)|clip norm|max norm)\b",
     None, None, 0.0),
    (r"\b(clipped|clip (rate|ratio|frac|share)|grad clip(ped)?|clip grad)\b", "clip_rate", "lower", 0.8),
    (r"\b(dead|dormant|inactive|zeros|sparsity|act zero|zero (frac|fraction|act|activations|rate|share)"
     r"|frac zero)\b",
     "dead_units", "lower", 0.9),
    (r"\b(update|updates)\b.*\b(norm|ratio|rms|weight|param)|\b(norm|ratio)\b.*\bupdates?\b",
     "update_norm", None, 0.85),
    (r"\b(grad|gradient|grads)\b.*\b(time|threshold|post clip|effective|abs|rolling|l1|var|std|coef|accum"
     r"|flow hist)\b",
     None, None, 0.0),
    (r"\b(grad|gradient|grads)\b.*\b(mean|low|high|min|max|histogram)\b", None, None, 0.0),
    (r"\b(grad|grads|gradient|gradients|gnorm|g norm|gradnorm)\b(?!.*\b(loss|penalty|policy|step)\b)",
     "grad_norm", None, 0.9),
    (r"^norm( total)?$", "grad_norm", None, 0.6),
    (r"\b(weight|weights|w|param|params|parameter|parameters) (l2 )?(norm|l2)\b", "weight_norm", None, 0.9),
    (r"\bl ?r\d*\b|\blearning rate\b|\blearningrate\b", "learning_rate", None, 0.95),
    (r"\b(diversity|sample (std|dist|spread|distance|variance|div)|modes|coverage|pairwise dist)\b",
     "diversity", "higher", 0.8),
    (r"\bdelta\b|\b(std|stdev|coef|coeff|weight|target|num|count|reg|penalty|hist stats|gap|signs)\b(?!.*\bloss\b)",
     None, None, 0.0),
    (r"\b(g|gen|generator|gan) loss\b|\bloss (g|gen|generator|gan)\b|\b(loss g|errg|g err)\b",
     "generator_loss", "lower", 0.9),
    (r"\b(d|disc|discriminator) loss (real|fake)\b", "loss_component", "lower", 0.8),
    (r"\b(d|disc|discriminator) loss\b|\bloss (d|disc|discriminator)\b|\b(errd|d err)\b",
     "discriminator_loss", "lower", 0.9),
    (r"^(d|p|disc|dis|discriminator|loss) (out |x |prob |logit |logits |scores )?real\b|\breal (score|prob)\b"
     r"|^d x$",
     "discriminator_real", None, 0.8),
    (r"^(d|p|disc|dis|discriminator|loss) (out |x |prob |logit |logits |scores )?fake\b|\bfake (score|prob)\b"
     r"|^d g z1?$",
     "discriminator_fake", None, 0.8),
    (r"\b(policy|policy gradient|actor|pi|pg|surrogate) (loss|objective)\b|\bloss (pi|policy|actor|pg)\b",
     "policy_loss", None, 0.9),
    (r"^lm loss value$", "eval_loss", "lower", 0.7),
    (r"\b(value|values|critic|vf|v|q|qf|baseline|td) (function )?loss\b|\bloss (v|vf|q|value|critic|critics)\b"
     r"|\btd error\b",
     "value_loss", "lower", 0.9),
    (r"\bkl[a-z]*\b|\bkullback\b|\bapprox kl\b", "kl", None, 0.9),
    (r"\b(?<!cross )(entropy|ent)\b(?! (coef|alpha|coeff|target))|^h$", "entropy", None, 0.8),
    (r"\b(ep|eps|episode|episodes|traj|mean|avg) (len|length|lengths|steps)\b|\b(eplen|len mean)\b",
     "episode_length", None, 0.9),
    (r"\b(max|min)\b.*\b(reward|rew|ret|return|returns)\b|\b(reward|rew|ret|return)\b.*\b(max|min)\b", None, None, 0.0),
    (r"\b(reward|rewards|rew|ret|return|returns|episodic return|eprewmean)\b", "reward", "higher", 0.9),
    (r"\b(ppl|perplexity)\b", "perplexity", "lower", 0.95),
    (r"\b(tokens|token count|consumed samples|consumed)\b", "tokens", None, 0.8),
    (r"^(epoch|epochs|num epoch)$", "epoch", None, 0.9),
    (r"^(global |train |training |ray tune )?(step|steps|iter|iters|iteration|iterations|it|kimg"
     r"|trainer global step)$",
     "step", None, 0.9),
    (r"\b(timesteps|timesteps total|num steps|iterations since|episodes total|envinteracts|env interacts"
     r"|interacts|kimgs?)\b",
     "step", None, 0.5),
)  # fmt: skip

FAMILIES: tuple[tuple[str, str, Goal], ...] = (
    (r"\b(balanced|bal) (acc|accuracy)\b|\bmacro (acc|accuracy|recall)\b|\buar\b|\bbacc\b|\bmean class acc",
     "balanced_accuracy", "higher"),
    (r"\b(f1|fscore|f beta|fbeta)\b", "f1", "higher"),
    (r"\b(auc|auroc|roc auc|auprc|average precision|aucpr)\b", "auc", "higher"),
    (r"\b(error|err) rate\b|\b(error|err|top1 err|merror|wer|cer|misclassification)$|\b(wer|cer)\b",
     "error_rate", "lower"),
    (r"\b(mae|mean absolute error|l1 error)\b", "mae", "lower"),
    (r"\b(rmse|root mean squared error)\b", "rmse", "lower"),
    (r"\b(mse|mean squared error)\b", "mse", "lower"),
    (r"\b(mape|smape)\b", "mape", "lower"),
    (r"\b(fid|fid50k|kid|lpips)\b", "fid", "lower"),
    (r"\b(r2|rsquared|r squared|explained variance|ev)\b", "r2", "higher"),
    (r"\b(acc|accuracy|accuracies|acc\d+|top\d?|correct|precision at 1|hit rate|success|success rate|em"
     r"|exact match|win rate)\b",
     "accuracy", "higher"),
    (r"\b(m?ap|map\d+|ap\d+|precision|recall|sensitivity|specificity)\b", "precision", "higher"),
    (r"\b(bleu\w*|rouge\w*|chrf|meteor|cider|spbleu)\b", "text_overlap", "higher"),
    (r"\b(iou|miou|dice|jaccard)\b", "overlap", "higher"),
    (r"\b(corr|correlation|pearson|spearman|kendall|kappa|mcc|matthews|ndcg|mrr)\b", "correlation", "higher"),
    (r"\b(psnr|ssim|inception score)\b", "image_quality", "higher"),
    (r"^(score|scores)$", "score", "higher"),
)  # fmt: skip

_LOSS_NEUTRAL = DECORATION | _set(
    "loss losses nll cost objective obj ce cross entropy crossentropy bce xent mse words bpb bpc logloss elbo"
)
_GRAD_NEUTRAL = DECORATION | _set(
    "grad grads gradient gradients gnorm gradnorm g norm l2 2 unclipped before clip preclip"
)


def words_of(name: str) -> list[str]:
    """The lower-case words of a logged name: CamelCase, slashes, dots, colons and underscores all separate."""
    spaced = name.replace("mAP", "map").replace("MAP", "map").replace("F-score", "fscore")
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z]+)|(?<=[a-z])(?=[A-Z]+$)|(?<=[a-z])(?=[A-Z]{2,})", " ", spaced)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z](\W|_|$))|(?<=[A-Z])(?=[A-Z][a-z])", " ", spaced)
    spaced = re.sub(r"\bheld[ _-]?out", "heldout", spaced, flags=re.I)
    return [w for w in re.split(r"[^a-z0-9]+", spaced.lower()) if w]


@lru_cache(maxsize=65536)
def role_of(name: str) -> RoleMatch:
    """The role of one name, judged by the name alone."""
    words = words_of(name)
    split = _split_of(words)
    rest = [w for w in words if not any(w in members for members in SPLITS.values())]
    text = " ".join(rest)
    for pattern, role, goal, confidence in RULES:
        if re.search(pattern, text):
            if role is None:
                return UNMAPPED
            return _refine(RoleMatch(role, confidence, split, goal), rest)
    return _quality(text, rest, split)


def _split_of(words: list[str]) -> Split | None:
    for split in ("eval", "test", "train"):
        if any(w in SPLITS[split] for w in words):
            return split
    return None


def _refine(match: RoleMatch, rest: list[str]) -> RoleMatch:
    """A gradient norm that names a layer is one of many."""
    if match.role == "grad_norm" and any(w not in _GRAD_NEUTRAL for w in rest):
        return replace(match, role="layer_grad_norm", confidence=0.8)
    return match


def _quality(text: str, rest: list[str], split: Split | None) -> RoleMatch:
    """Losses and scores: what is left when nothing more special matched."""
    if re.search(_LOSS, text) or re.fullmatch(r"(ce|err|recon err|rec err|ce .*)", text):
        return _loss(rest, split)
    for pattern, family, goal in FAMILIES:
        if re.search(pattern, text):
            role: Role = "train_score" if split == "train" else "eval_score"
            return RoleMatch(role, 0.9 if split else 0.6, split, goal, family)
    if re.search(r"\b(reg|penalty|aux|recon|reconstruction|regularization)\b", text):
        return RoleMatch("loss_component", 0.5, split, "lower", "loss")
    return UNMAPPED


def _loss(rest: list[str], split: Split | None) -> RoleMatch:
    if any(w not in _LOSS_NEUTRAL and not w.isdigit() for w in rest):
        return RoleMatch("loss_component", 0.7, split, "lower", "loss")
    if split in ("eval", "test"):
        return RoleMatch("eval_loss", 0.95 if split == "eval" else 0.85, split, "lower", "loss")
    return RoleMatch("train_loss", 0.95 if split else 0.7, "train", "lower", "loss")


def assign_roles(names: Iterable[str]) -> dict[str, RoleMatch]:
    """Roles of the names of one run, in view of each other: "accuracy" beside "train_acc" is the eval accuracy."""
    found = {name: role_of(name) for name in names}
    if set(found) >= {"r", "l", "t"}:
        found |= {"r": RoleMatch("reward", 0.8, None, "higher"), "l": RoleMatch("episode_length", 0.8, None, None)}
        found["t"] = RoleMatch("time", 0.8, None, None)
    _promote_components(found)
    _promote_errors(found)
    _split_scores(found)
    _settle_critic_and_time(found)
    return found


def _promote_components(found: dict[str, RoleMatch]) -> None:
    """Where no total is logged, its parts stand for it (the box, cls and dfl losses of a detector)."""
    for split, role in (("train", "train_loss"), ("eval", "eval_loss")):
        if any(m.role == role for m in found.values()):
            continue
        for name, m in found.items():
            if m.role == "loss_component" and (m.split or "train") in (split, "test" if split == "eval" else split):
                found[name] = replace(m, role="train_loss" if split == "train" else "eval_loss", confidence=0.6)


def _promote_errors(found: dict[str, RoleMatch]) -> None:
    """An error measure (rmse, mae) of a split without a loss is that split's loss."""
    for split, role in (("train", "train_loss"), ("eval", "eval_loss")):
        if any(m.role == role for m in found.values()):
            continue
        for name, m in found.items():
            wanted = ("train",) if split == "train" else ("eval", "test", None)
            if m.family in ("mse", "rmse", "mae", "error_rate") and m.split in wanted:
                found[name] = replace(m, role="train_loss" if split == "train" else "eval_loss", confidence=0.5)
                break


def _split_scores(found: dict[str, RoleMatch]) -> None:
    """A score without a split belongs to the split that its family, or else the naming of the losses, leaves open."""
    bare_loss = any(m.role == "train_loss" and _split_of(words_of(n)) is None for n, m in found.items())
    for name, m in found.items():
        if m.role != "eval_score" or m.split is not None:
            continue
        kin = {o.split for n, o in found.items() if o.family == m.family and n != name}
        held_out = {"eval", "test"} & kin
        train = bool(held_out) or (
            "train" not in kin and bare_loss and m.family == "accuracy" and "metrics" not in name
        )
        found[name] = replace(
            m, role="train_score" if train else "eval_score", split="train" if train else "eval", confidence=0.75
        )


def _settle_critic_and_time(found: dict[str, RoleMatch]) -> None:
    """ "critic_loss" is a discriminator beside a generator; "time" beside "data_time" is the time of a step."""
    roles = {m.role for m in found.values()}
    for name, m in found.items():
        words = words_of(name)
        if m.role == "value_loss" and "critic" in words and "generator_loss" in roles:
            found[name] = replace(m, role="discriminator_loss")
        if m.role == "time" and words[-1:] == ["time"] and m.confidence <= 0.5 and "data_time" in roles:
            found[name] = RoleMatch("step_time", 0.8, m.split, "lower")
