"""Which kinds of training a run is, by what its metrics and settings are called: some faults exist only in one kind."""

from __future__ import annotations

import re
from typing import Literal

from tools.detectors._config import Config
from tools.records import RunData
from tools.roles import words_of

Domain = Literal["gan", "vae", "rl", "moe", "boosting", "preference", "fine-tuning", "denoising"]

RECONSTRUCTION = re.compile(r"\b(rec|recon\w*|reconstruct\w*|elbo|\w*vae|latents?|mse|bce|nll|pixel)\b")
AUTOENCODER = re.compile(r"\b(\w*vae|elbo|latents?|latent dim|z dim|variational)\b")
OTHER_KL = re.compile(r"\b(distil\w*|teacher|student|kd|policy|approx|ref|reference)\b")
"""What else has a KL term: distillation and the updates of a policy."""
ROUTING = re.compile(r"\b(moe|expert|experts|router|routing|gate load|load balanc\w*|balance loss)\b")
BOOSTER = re.compile(
    r"\b(boost\w*|gbdt|gbtree|gblinear|dart|xgb\w*|lightgbm|lgbm|catboost|n estimators|num leaves|max leaves)\b"
)
DENOISER = re.compile(
    r"\b(\w*diffusion|denois\w*|ddpm|ddim|snr gamma|noise schedul\w*|beta schedule|num train timesteps|sdxl|"
    r"flow matching|rectified flow|loss simple|loss vlb)\b"
)
STEP_LOSSES = frozenset({"step_loss", "avr_loss"})
"""As the training scripts of diffusers and kohya call the loss of a batch, and nothing else does."""
BOOSTERS = frozenset({"catboost", "catboost_console", "lightgbm", "xgboost"})
"""Formats that nothing else writes."""
UNTOUCHED = 0.01
"""An evaluation in the first 1% of the run shows the model as it was loaded."""
NO_GUESS, MOSTLY_RIGHT = 0.6, 0.7
"""A guess among two classes costs ln 2 = 0.69 and is right half of the time; more classes cost more."""
ADVERSARY = frozenset({"generator_loss", "discriminator_loss", "discriminator_real", "discriminator_fake"})
EPISODES = frozenset({"reward", "policy_loss", "episode_length"})
PREFERENCES = re.compile(r"\b(chosen|rejected|grpo|dpo|orpo|rlhf|completions?|ref model|reward model|kl ref)\b")


def domains_of(data: RunData) -> frozenset[Domain]:
    """The kinds of training that the names speak of; empty for a plain supervised run."""
    roles = {s.role for s in data.series.values()}
    metrics = " | ".join(" ".join(words_of(name)) for name in data.series)
    settings = " | ".join(" ".join(words_of(f"{k} {v}")) for k, v in data.params.items())
    found: set[Domain] = set()
    if roles & ADVERSARY:
        found.add("gan")
    if roles & EPISODES:
        found.add("rl")
    if "kl" in roles and not roles & EPISODES and _autoencoder(metrics, settings):
        found.add("vae")
    if ROUTING.search(metrics):
        found.add("moe")
    if data.run.format in BOOSTERS or BOOSTER.search(settings):
        found.add("boosting")
    if PREFERENCES.search(f"{metrics} | {settings}"):
        found.add("preference")
    if DENOISER.search(f"{metrics} | {settings}") or STEP_LOSSES & data.series.keys():
        found.add("denoising")
    if Config(data.params).pretrained or _good_before(data):
        found.add("fine-tuning")
    return frozenset(found)


def _good_before(data: RunData) -> bool:
    """Whether a classifier was right most of the time before its first steps: it was trained elsewhere."""
    loss = data.main("eval_loss")
    score = next(
        (s for s in data.with_role("eval_score") if s.family == "accuracy" and loss and s.axis == loss.axis), None
    )
    if loss is None or score is None or loss.family not in ("", "loss") or not len(loss.curve.finite.x):
        return False
    first, right = loss.curve.finite, score.curve.finite
    ends = [float(s.curve.x[-1]) for s in data.series.values() if s.axis == loss.axis and len(s.curve.x)]
    if not len(right.y) or first.x[0] > UNTOUCHED * max(ends) or right.x[0] != first.x[0]:
        return False
    whole = 100.0 if float(right.y.max()) > 1.5 else 1.0
    return 0.0 < first.y[0] <= NO_GUESS and float(right.y[0]) >= MOSTLY_RIGHT * whole


def _autoencoder(metrics: str, settings: str) -> bool:
    if AUTOENCODER.search(settings):
        return True
    return not OTHER_KL.search(metrics) and (not settings or bool(RECONSTRUCTION.search(metrics)))
