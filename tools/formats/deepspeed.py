"""DeepSpeed engine lines, DeepSpeed-Chat's evaluations and RLHF lines, dict lines without braces."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_STEP = pattern(r"\[Rank \d+\] step=(\d+), (.*)$|^step=(\d+), (skipped=.*)$")
_TIMER = pattern(r"epoch=(\d+)/micro_step=\d+/global_step=(\d+), (.*)$")
_EVALUATION = pattern(r"\*+ Evaluating (?:perplexity|reward)[^,]*, Epoch (\d+)/(\d+)")
_PERPLEXITY = pattern(r"(ppl|perplexity|reward(?:_score)?|eval_acc|acc(?:uracy)?|loss): ([-+\w.]+)\s*$", re.I)
_FINAL = pattern(r"Before cleaning, Epoch at (\d+) with Perplexity: ([-+\w.]+)")
_CHAT = pattern(r"epoch: (\d+)\s*\|\s*step: (\d+)\s*\|(.*)$", re.I)
_DICT = pattern(r"\{?'step':\s*(\d+), (.*)$")
_ITEM = pattern(r"'([\w ./-]+)': ?([-+\w.]+)")
_PAIR = pattern(r"([A-Za-z_][\w.]*)\s*[=:]\s*\[?([-+\w.]+?)(?:GB|MB|ms|s)?(?=[,\]|\s]|$)")


class Engine(Dialect):
    """Remembers the epoch that an evaluation belongs to, and step 0, which is told above the settings, until step 1."""

    def __init__(self) -> None:
        self.epoch = NAN
        self.start: tuple[Reading, ...] = ()

    def read(self, line: str) -> Reading | None:
        """A line of the engine, of PPO or of an evaluation."""
        found = _STEP.search(line)
        if found:
            reading = Reading(self._values(found[2] or found[4], skip="mom"), float(found[1] or found[3]))
            if not reading.step:
                self.start = (reading,)
                return Reading()
            reading.before, self.start = self.start, ()
            return reading
        timer = _TIMER.search(line)
        if timer:
            return Reading(self._values(timer[3]), float(timer[2]), float(timer[1]))
        return self._chat(line) or self._evaluation(line)

    @property
    def waits(self) -> bool:
        """Whether step 0 waits for another."""
        return bool(self.start)

    def rest(self) -> Iterable[Reading]:
        """Step 0, where no other came."""
        return self.start

    def _chat(self, line: str) -> Reading | None:
        chat = _CHAT.match(line)
        if chat:
            values = self._values(chat[3])
            return Reading(values, float(chat[2]), float(chat[1]))
        found = _DICT.match(line)
        if not found:
            return None
        items = {name: number(text) for name, text in _ITEM.findall(found[2])}
        return Reading({name: value for name, value in items.items() if value is not None}, float(found[1]))

    def _evaluation(self, line: str) -> Reading | None:
        head = _EVALUATION.search(line)
        if head:
            self.epoch = float(head[1])
            return Reading()
        final = _FINAL.search(line)
        value = number(final[2]) if final else None
        if final and value is not None:
            return Reading({"final_perplexity": value}, epoch=float(final[1]))
        found = _PERPLEXITY.match(line)
        value = number(found[2]) if found else None
        if found and value is not None and self.epoch == self.epoch:
            return Reading({found[1]: value}, epoch=self.epoch)
        return None

    def _values(self, text: str, skip: str = "") -> dict[str, float]:
        pairs = ((name, number(value)) for name, value in _PAIR.findall(text) if name != skip)
        return {name: value for name, value in pairs if value is not None}


FORMAT = console_format(
    "deepspeed",
    "DeepSpeed console",
    "DeepSpeed engine",
    r"\[Rank 0\] step=\d+, skipped=|micro_step=\d+/global_step=|^epoch: \d+\|step: \d+\|ppo_ep:",
    Engine,
    generic=True,
    sure=0.8,
)
