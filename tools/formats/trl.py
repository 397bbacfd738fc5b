"""TRL: the trainer's dicts with rewards, margins, divergences and entropies."""

from __future__ import annotations

from tools.formats._styles import console_format
from tools.formats.hf_console import Trainer

FORMAT = console_format(
    "trl",
    "TRL console",
    "TRL (SFT, DPO, KTO, ORPO, GRPO, PPO, reward trainers)",
    r"\{['\"][^{}\n]{0,4000}['\"](?:rewards?/|objective/|policy/|logps/|mean_token_accuracy|completions?/|kl['\"])",
    Trainer,
    generic=True,
    sure=0.86,
)
