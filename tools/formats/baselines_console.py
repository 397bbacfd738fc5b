"""OpenAI baselines on the console: flat tables, the step under one of several names."""

from __future__ import annotations

from tools.formats._styles import console_format
from tools.formats.sb3_console import Tables

FORMAT = console_format(
    "baselines_console",
    "OpenAI baselines console tables",
    "OpenAI baselines, Stable-Baselines 2",
    r"^\| (?:eprewmean|EpRewMean|ep_reward_mean|misc/total_timesteps|nupdates|n_updates|mean 100 episode reward"
    r"|TimestepsSoFar)\s+\|\s+\S+\s+\|",
    Tables,
    sure=0.92,
)
