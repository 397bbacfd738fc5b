"""The words of a logged name, and those among them that say on which data it was taken or nothing at all."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.records import Split


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


SPLITS: dict[Split, frozenset[str]] = {
    "train": word_set("train training trn tr fit learn"),
    "eval": word_set("val valid validation eval evaluation dev heldout holdout vali vld"),
    "test": word_set("test testing tst predict"),
}
DECORATION = word_set(
    "step epoch iter batch avg average mean running smooth smoothed ema inner total value last current cur ray tune"
    " info metrics metric per default raw log final lm main overall full model optim opt optimizer global rollout"
    " losses score scores ppo a2c charts percent vs iterations learner learners"
)
"""Words around a name that do not change what it measures."""


GROUPS = word_set(
    "losses charts misc perf info learner learners default_policy learner_stats env_runners loss_metrics"
    " time_metrics custom_metrics"
)
"""Folders that loggers put names into; what stands in them is judged by itself first."""
SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"mAP|MAP", "map"),
    (r"AP([lms])(?![a-z])", r"ap\1"),
    (r"IoU|IOU", "iou"),
    (r"F-score", "fscore"),
    (r"(?i)(?<![a-z])accu(?![a-z])", "accuracy"),
    (r"(?i)(?<![a-z])rank ?-?(?=\d{1,2}(?![\d]))", "top "),
    (r"%", " percent "),
    (r"/(?=(s|secs?|seconds?)\b)", " per "),
    (r"(?<=\bsec)/|(?<=\bs)/(?=(it|iter|step|epoch|batch|img|sample|kimg)\b)", " per "),
    (r"(?i)(?<![a-z])(held[ _-]?out|out[ _-]of[ _-]sample|oos(?![a-z]))", "heldout"),
    (r"(?i)(?<![a-z])in[ _-]sample", "train"),
    (r"(?i)(?<![a-z])std[ _-]?dev(?![a-z])", "std"),
    (r"(?i)(?<![a-z])(train|valid|validation|val|test|eval|dev)(?=(loss|acc|accuracy|err|error|ppl|auc|f1|score)s?(?![a-z]))",
     r"\1 "),
    (r"(?i)(?<![a-z])v(?=(loss|acc)(?![a-z]))", "val "),
    (r"(?i)(?<![a-z])t(?=(loss|acc)(?![a-z]))", "train "),
    (r"损失|損失|ロス|(?i:verlust|perte|perdida|perdita)", " loss "),
    (r"准确率|精度|正解率|(?i:genauigkeit|exactitude|exactitud|accuratezza)", " accuracy "),
    (r"验证|検証|(?i:validierung|validacion|validazione)", " val "),
    (r"训练|訓練|(?i:entrenamiento|entrainement|addestramento)", " train "),
    (r"测试|テスト", " test "),
    (r"学习率|学習率|(?i:lernrate)", " learning rate "),
)  # fmt: skip
"""Ways to write what has other words here: signs, compounds, languages."""
_CAMEL = (
    r"(?<=[a-z0-9])(?=[A-Z][a-z]+)|(?<=[a-z])(?=[A-Z]+$)|(?<=[a-z])(?=[A-Z]{2,})",
    r"(?<=[a-z])(?=[A-Z](\W|_|$))|(?<=[A-Z])(?=[A-Z][a-z])",
)
_REWRITTEN = tuple((re.compile(pattern), word) for pattern, word in (*SPELLINGS, *((one, " ") for one in _CAMEL)))
_BETWEEN = re.compile(r"[^a-z0-9]+")
_SHORT = {"va": "val", "te": "test"}
_JUDGED = word_set("loss acc accuracy err error auc f1 mse mae")
NAMES_KNOWN = 16_384


def words_of(name: str) -> list[str]:
    """The lower-case words of a logged name: CamelCase, slashes, dots, colons and underscores all separate."""
    return list(_words(name))


@lru_cache(maxsize=NAMES_KNOWN)
def _words(name: str) -> tuple[str, ...]:
    """The same; runs of a sweep are called alike in everything, and are asked for it again and again."""
    spaced = name if name.isascii() else _plain(name)
    for pattern, word in _REWRITTEN:
        spaced = pattern.sub(word, spaced)
    words = [w for w in _BETWEEN.split(spaced.lower()) if w]
    if len(words) <= 3 and not _JUDGED.isdisjoint(words):
        words = [_SHORT.get(word, word) for word in words]
    return tuple(words)


def _plain(name: str) -> str:
    """Without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def inner_words(name: str) -> list[str]:
    """The words without the folders of `GROUPS` that the name stands in; none where it stands in none."""
    folders = re.split(r"[/|]", name)
    inner = list(folders)
    while len(inner) > 1 and re.sub(r"\W", "_", inner[0].strip().lower()) in GROUPS:
        del inner[0]
    return words_of("/".join(inner)) if len(inner) < len(folders) else []


def split_of(words: list[str]) -> Split | None:
    """The split that the words name."""
    for split in ("eval", "test", "train"):
        if any(w in SPLITS[split] for w in words):
            return split
    return None
