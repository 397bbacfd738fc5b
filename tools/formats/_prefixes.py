"""What stands before the text proper in a line of a log: ranks, times, levels, logger names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.formats._collect import NAN
from tools.formats._numbers import clock

_TIME = r"\d{4}[-/]\d\d[-/]\d\d[T _]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[-+]\d\d:?\d\d)?"
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|(?:Info|Warning|Error)(?=\]|\s?[:|-]))"
_PREFIX = re.compile(
    rf"""
    \[(?P<hub>DEBUG|INFO|WARNING|ERROR)\|[^\]]{{0,80}}\]\s(?:[\w.]+:\d+|{_TIME})\s>>\s?  # transformers
  | \[?(?P<time>{_TIME})\]?:?(?:\s*\|)?(?=[\s\[:-])     # 2021-03-11 17:35:33,921
  | \[task\s(?P<task>{_TIME})\]                          # taskcluster
  | \[[A-Za-z][\w. -]{{0,40}}\s(?P<boxed>{_TIME})(?:\s[\w.]+:\d+)?\]   # [NeMo I 2024-05-01 12:00:00 nemo_logging:381]
  | \[\d\d:\d\d:\d\d(?:\.\d+)?\]                         # [10:58:53]
  | \d\d:\d\d:\d\d(?:[.,]\d+)?(?=\s+[\[|A-Z-])           # 10:58:53 INFO
  | \d\d/\d\d\s\d\d:\d\d:\d\d(?=\s)
  | \[\d\d/\d\d\s\d\d:\d\d:\d\d(?:\s[\w.]+)?\]:?         # [01/20 21:15:31 d2.utils.events]:
  | \[(?P<rank>(?:rank|default|Rank\s|RANK\s|GPU\s?|gpu)\s?\d+)\]:?   # [rank3]:
  | [Rr]ank\s?\d+:(?=\s)
  | \[titan\]
  | \[[\w.-]+\]\s(?={_TIME}\s\(\w+:\d+\)\s)           # host of ESPnet
  | \(\w+:\d+\)\s(?={_LEVEL}:)                          # its module and line
  | \s?\d{{1,4}}:\s(?=.*\b(?:iteration|step|epoch)\b)    # srun --label
  | \((?:[\w.:+-]+\s)?pid=\d+(?:,\sip=[\d.]+)?\)         # Ray
  | [IWEF]\d{{4}}\s\d\d:\d\d:\d\d\.\d+\s+\d+\s+[^\]\s]+\](?:\s\[\d+/\d+\](?=\s))?  # glog, [0/0] of torch.compile
  | \[(?:[\d-]{{10}}:[\d:]{{8}}:)?(?P<said>{_LEVEL}):[\w.]+(?::[\w<>]+)?\]   # [INFO:sockeye.training]
  | \[?(?P<level>{_LEVEL})\]?(?=[\s:|\]-])(?::(?:[\w.]+):)?(?:\s*[:|])?
  | \[(?P<tag>debug|info|warning|error|critical)\s*\]    # structlog
  | [\w.]+\s(?=(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):\s)  # Detectron2's file
  | (?:[a-z_]\w*\.)+\w+\s-\s(?=\S)                      # logger name of "%(levelname)s - %(name)s -"
  | \[LightGBM\]
  | -\s(?=\S)
  | \|\s(?=\S)
  | [\w.]+\s-\s(?=(?:{_LEVEL})\s-)                       # logger name of "%(name)s - %(levelname)s -"
  | (?!train|valid|test)[\w.]+\s\|\s(?=[\w{{])             # logger name of fairseq
  | [\w.]+(?::[\w<>]+)?:\d+\s-\s                          # loguru
  | \[(?!train|valid)[\w.]+\](?=\[(?:{_LEVEL})\])         # [main][INFO]
  | \[[\w./]+\.py:\d+:?[\w.<>]*\]                        # [logging.py:96:log_dist]
    """,
    re.VERBOSE,
)
_NAMED = re.compile(rf"[\w.]{{1,60}} - (?={_LEVEL} - )")
MOST = 8


@dataclass(frozen=True)
class Stripped:
    """The text proper with what its prefix said."""

    text: str
    wall: float = NAN
    level: str = ""
    rank: str = ""


def _opens(line: str) -> bool:
    """Whether the line can begin with a prefix at all."""
    return line[0] in "[(IWEFRTDNC" or line[0].isdigit() or _NAMED.match(line) is not None


def strip_prefix(line: str) -> Stripped:
    """Take known prefixes off a line, and the one blank behind them: deeper indentation is the text's own."""
    text, wall, level, rank, found = line, NAN, "", "", None
    for _ in range(MOST):
        start = text.lstrip(" ") if found is None or text[:2] != "  " else text
        if not start or not (found is not None or _opens(start)):
            break
        match = _PREFIX.match(start)
        if match is None:
            break
        found = match
        at, one, whose = (
            found.group("time") or found.group("task") or found.group("boxed"),
            found.group("level") or found.group("tag") or found.group("hub") or found.group("said"),
            found.group("rank"),
        )
        wall = clock(at.replace("/", "-")) if at else wall
        level, rank = one.upper() if one else level, whose or rank
        text = start[found.end() :]
    if found is None:
        return Stripped(line)
    return Stripped(text[1:] if text.startswith(" ") else text, wall, level, rank)
