"""Config files beside a log: JSON, YAML, TOML, Python assignments, key=value lines. None is ever executed."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.errors import ToolError
from tools.formats._settings import assignments, param, params_of, typed
from tools.records import Param

NAMES = re.compile(
    r"(?:.*[._-])?(?:config|configuration|conf|cfg|hparams|hyperparameters|hyper_parameters|args|arguments|params|parameters|settings|"
    r"training_args|training_options|options|opts?|overrides|train_config|run_config|flags)"
    r"\.(?:json|ya?ml|toml|py|txt|ini|cfg|conf|gin|flags)$",
    re.I,
)
SUMMARIES = re.compile(
    r"(?:wandb-summary|all_results|train_results|eval_results|tokenizer.*|generation_config|added_tokens|"
    r"special_tokens_map|adapter_config|model\.safetensors\.index|vocab|package(?:-lock)?)\.json$",
    re.I,
)
LARGEST = 4 << 20
_MODEL = frozenset({"architectures", "model_type"})
"""Hugging Face keeps what the model is like in config.json and how it is trained elsewhere."""
_BOOKS = re.compile(r"debug-(?:internal|core)\.log$|(?:experiment_state|basic-variant-state)-.*\.json$")
"""What trackers and trainers keep about themselves or about all runs: W&B, Ray Tune."""
_WANDB_INTERNAL = ("_wandb", "wandb_version")


def is_config(path: Path) -> bool:
    """Whether the name is one that settings are kept under."""
    return bool(NAMES.match(path.name)) and not SUMMARIES.search(path.name)


def is_aside(path: Path) -> bool:
    """Whether the file is a summary or an artefact that is neither log nor settings."""
    return bool(SUMMARIES.search(path.name) or _BOOKS.match(path.name))


def config_params(path: Path) -> Iterator[Param]:
    """The settings in a file. ToolError when it cannot be read, or is no document of its kind."""
    try:
        if path.stat().st_size > LARGEST:
            return
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise ToolError(f"{path.name}: {error.strerror or error}; its settings are not known.") from error
    if path.suffix == ".py":
        yield from assignments(text)
        return
    try:
        value = decoded(text, path.suffix.lower())
    except (ValueError, RecursionError, yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise ToolError(f"{path.name} is broken or cut off; its settings are not known.") from error
    if isinstance(value, Mapping):
        yield from params_of(_unwrapped(value), "model." if set(value) >= _MODEL else "")
    elif isinstance(value, list):
        yield from _overrides(value)


def decoded(text: str, suffix: str) -> object:
    """The document in a config file."""
    if suffix == ".json":
        return json.loads(text)
    if suffix == ".toml":
        return tomllib.loads(text)
    if suffix in (".yaml", ".yml"):
        return yaml.load(text, Loader=_TolerantLoader)
    return dict(_lines(text))


def _lines(text: str) -> Iterator[tuple[str, object]]:
    """`key = value`, `key: value` and `--key=value` lines, under the [section] they stand in."""
    section = ""
    for line in text.splitlines():
        heading = re.match(r"\s*\[([\w .-]{1,80})\]\s*$", line)
        found = re.match(r"\s*(?:--)?([A-Za-z_][\w.\-/]*)\s*[:=]\s*(\S.*?)\s*$", line)
        if heading:
            section = "" if heading[1] == "DEFAULT" else f"{heading[1]}."
        elif found and not line.lstrip().startswith(("#", ";")):
            yield section + found.group(1), typed(found.group(2))


def _unwrapped(value: Mapping[Any, object]) -> dict[str, object]:
    """W&B keeps every setting as {desc, value}."""
    plain: dict[str, object] = {}
    for key, inner in value.items():
        if key in _WANDB_INTERNAL:
            continue
        wrapped = isinstance(inner, Mapping) and "value" in inner and set(inner) <= {"desc", "value"}
        plain[str(key)] = _strings(inner["value"] if wrapped and isinstance(inner, Mapping) else inner)
    return plain


def _strings(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _strings(inner) for key, inner in value.items()}
    return value


def _overrides(items: list[object]) -> Iterator[Param]:
    for item in items:
        if isinstance(item, str) and "=" in item:
            key, _, value = item.lstrip("+~").partition("=")
            yield param(key, typed(value))


class _TolerantLoader(yaml.SafeLoader):
    """Builds plain values only; Python tags become what they wrap."""


def _untagged(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_TolerantLoader.add_multi_constructor("", _untagged)
_TolerantLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\d[\d_]*\.?[\d_]*(?:[eE][-+]?\d+)|\d[\d_]*\.[\d_]*|\.\d+(?:[eE][-+]?\d+)?|\.inf|\.nan)$"),
    list("-+0123456789."),
)
