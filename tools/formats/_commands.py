"""Settings on the command line that started a training, as shells echo it and launchers log it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from tools.formats._settings import param, typed
from tools.records import Param

LONGEST = 20_000
_STARTED = re.compile(
    r"(?:^|[\s=:$+>'\"/])(?:python[\d.]*|torchrun|deepspeed|accelerate|srun|mpirun|mpiexec|horovodrun|composer|colossalai|ray"
    r"|llamafactory-cli|axolotl|fairseq-(?:hydra-)?train|onmt_train|yolo|tune|litgpt|marian|catboost|lightgbm|xgboost)\s"
)
_OWN = re.compile(r"(?:^|/)(?:llamafactory-cli|axolotl|fairseq-(?:hydra-)?train|onmt_train|yolo|tune|litgpt|marian)$")
"""Programs that are the training themselves; the others start a script."""
_LAUNCHERS = frozenset(
    {"torch.distributed.run", "torch.distributed.launch", "deepspeed.launcher.launch", "accelerate.commands.launch"}
)
_ASSIGNED = re.compile(r"\+{0,2}([A-Za-z_][\w./@-]*)=(.*)", re.S)
_OPTION = re.compile(r"--?([A-Za-z][\w.-]*)(?:=(.*))?", re.S)


def command_params(text: str) -> Iterator[Param]:
    """The options of the script in a command; those of the launcher before it are none of the training's."""
    if len(text) > LONGEST or not _STARTED.search(text):
        return
    yield from options(_script_words(_words(text)))


def options(words: Sequence[str]) -> Iterator[Param]:
    """The settings among the words that a script was given."""
    while words:
        word, *words = words
        option = _OPTION.fullmatch(word)
        if option and option[2] is not None:
            yield param(_key(option[1]), typed(option[2]))
        elif option:
            values = _values(words)
            words = words[len(values) :]
            yield param(_key(option[1]), typed(" ".join(values)) if values else True)
        elif assigned := _ASSIGNED.fullmatch(word):
            yield param(assigned[1], typed(assigned[2]))


def _words(text: str) -> Sequence[str]:
    try:
        return shlex.split(text, comments=False)
    except ValueError:
        return text.split()


def _script_words(words: Sequence[str]) -> list[str]:
    """The words behind the script or the module that trains; none when the command starts no such thing."""
    at = -1
    for index, word in enumerate(words):
        module = words[index - 1] == "-m" if index else False
        if (word.endswith(".py") and "=" not in word) or (module and word not in _LAUNCHERS) or _OWN.search(word):
            at = index
            break
    ends = (index for index, word in enumerate(words) if index > at and re.match(r"(?:[|;&>]|\d?>)", word))
    return list(words[at + 1 : next(ends, len(words))]) if at >= 0 else []


def _values(words: Sequence[str]) -> list[str]:
    """What stands behind an option: words up to the next option, settings by name excepted."""
    values: list[str] = []
    for word in words:
        number = re.fullmatch(r"-[\d.]+(?:e[-+]?\d+)?", word, re.I)
        if (_OPTION.fullmatch(word) and not number) or _ASSIGNED.fullmatch(word):
            break
        values.append(word)
    return values


def _key(option: str) -> str:
    return option.replace("-", "_")
