"""nanochat: pretraining, midtraining, SFT and RL print a step, a share of the whole and then named values."""

from __future__ import annotations

from tools.formats._styles import console_format

FORMAT = console_format(
    "nanochat",
    "nanochat console",
    "nanochat",
    r"^step \d+/\d+ \([\d.]+%\) \| loss: [-\d.naif]+ \||^Step \d+ \| Validation bpb: |"
    r"^Step \d+/\d+ \| Training loss: [-\d.naif]+ ?\| lrm: ",
    generic=True,
)
