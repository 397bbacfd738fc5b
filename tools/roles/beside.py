"""The names of one run in view of each other: "accuracy" beside "train_acc" is the eval accuracy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tools.roles.names import role_of
from tools.roles.nouns import Role, RoleMatch
from tools.roles.words import split_of, word_set, words_of

EXPLORES = word_set("epsilon exploration")
NO_TOTAL = word_set("reg penalty aux kl")
"""Terms beside the loss: nobody takes them for it, even where nothing else is logged."""


def assign_roles(names: Iterable[str]) -> dict[str, RoleMatch]:
    """Roles of the names of one run, in view of each other: "accuracy" beside "train_acc" is the eval accuracy."""
    found = {name: role_of(name) for name in names}
    if set(found) >= {"r", "l", "t"}:
        found |= {"r": RoleMatch("reward", 0.8, None, "higher"), "l": RoleMatch("episode_length", 0.8, None, None)}
        found["t"] = RoleMatch("time", 0.8, None, None)
    _promote_components(found)
    _promote_errors(found)
    _promote_perplexities(found)
    _settle_explained_variance(found)
    _settle_scores_of_episodes(found)
    _split_scores(found)
    _settle_critic_and_time(found)
    return found


def _promote_components(found: dict[str, RoleMatch]) -> None:
    """Where no total is logged, its parts stand for it (the box, cls and dfl losses of a detector)."""
    for split, role in (("train", "train_loss"), ("eval", "eval_loss")):
        if any(m.role == role for m in found.values()):
            continue
        for name, m in found.items():
            if (
                m.role == "loss_component"
                and NO_TOTAL.isdisjoint(words_of(name))
                and (m.split or "train") in (split, "test" if split == "eval" else split)
            ):
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


def _promote_perplexities(found: dict[str, RoleMatch]) -> None:
    """Where no loss of any split is logged, perplexities stand for it; they cannot be compared with losses in nats."""
    if any(m.role in ("train_loss", "eval_loss") for m in found.values()):
        return
    for name, m in found.items():
        if m.role == "perplexity":
            role: Role = "eval_loss" if m.split in ("eval", "test") else "train_loss"
            found[name] = replace(m, role=role, family="perplexity", confidence=0.6)


def _settle_explained_variance(found: dict[str, RoleMatch]) -> None:
    """Beside a reward it is how well the value function fits its own batch."""
    if any(m.role == "reward" for m in found.values()):
        for name, m in found.items():
            if m.family == "r2" and m.split is None:
                found[name] = replace(m, role="train_score", split="train")


def _settle_scores_of_episodes(found: dict[str, RoleMatch]) -> None:
    """A score beside the share of random actions, or the length of an episode, is what an agent collected."""
    plays = any(m.role == "episode_length" or not EXPLORES.isdisjoint(words_of(name)) for name, m in found.items())
    for name, m in found.items() if plays else ():
        if m.family == "score":
            found[name] = RoleMatch("reward", 0.7, m.split, "higher")


def _split_scores(found: dict[str, RoleMatch]) -> None:
    """A score without a split belongs to the split that its family, or else the naming of the losses, leaves open."""
    bare_loss = any(m.role == "train_loss" and split_of(words_of(n)) is None for n, m in found.items())
    said = dict(found)
    for name, m in said.items():
        if m.role != "eval_score" or m.split is not None:
            continue
        kin = {o.split for n, o in said.items() if o.family == m.family and n != name}
        held_out = {"eval", "test"} & kin
        train = bool(held_out) or (
            "train" not in kin and bare_loss and m.family == "accuracy" and "metrics" not in name
        )
        train = train or (m.family == "log_likelihood" and "train" not in kin)
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
