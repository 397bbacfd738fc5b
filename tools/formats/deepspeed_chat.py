"""DeepSpeed-Chat: evaluations headed by their epoch, and the lines of PPO, between those of the engine."""

from __future__ import annotations

from tools.formats._styles import console_format
from tools.formats.deepspeed import Engine

FORMAT = console_format(
    "deepspeed_chat",
    "DeepSpeed-Chat console",
    "DeepSpeed-Chat (SFT, reward, RLHF)",
    r"^\*+ Evaluating (?:perplexity|reward)[^,\n]*, Epoch \d+/\d+|^epoch: \d+\s*\|\s*step: \d+\s*\|\s*ppo_ep:",
    Engine,
    generic=True,
    sure=0.92,
)
