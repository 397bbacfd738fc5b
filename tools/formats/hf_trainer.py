"""trainer_state.json of the Hugging Face Trainer: log_history, the run's progress and what was best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._json import document
from tools.formats._records import row_of
from tools.formats._runs import RunWriter
from tools.formats._settings import param
from tools.records import Part, RunInfo

SETTINGS = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "eval_steps", "save_steps")


def sniff(probe: Probe) -> float:
    """An object with the Trainer's own keys."""
    head = probe.text
    if not head.lstrip("\ufeff \n").startswith("{"):
        return 0.0
    return 0.97 if '"log_history"' in head else 0.75 if probe.path.name == "trainer_state.json" else 0.0


def parse(source: Source) -> Iterator[Part]:
    """One row an entry; the last one, the summary, shares its step with the last training entry."""
    state, cut = document(source)
    if cut is not None:
        yield cut
    if not isinstance(state, Mapping) or not isinstance(state.get("log_history"), list):
        raise ToolError(f"{source.path} has no log_history.")
    writer = RunWriter()
    for entry in state["log_history"]:
        if isinstance(entry, Mapping):
            row = row_of(entry)
            yield from writer.row(row.values, row.step, row.epoch, row.wall)
    yield from writer.rest()
    for key in SETTINGS:
        if key in state:
            yield param(f"trainer.{key}", state[key])
    if cut is None and state.get("max_steps") and state.get("global_step") == state.get("max_steps"):
        yield RunInfo(status="finished")


FORMAT = Format("hf_trainer", "Hugging Face Trainer state", "transformers, TRL, LLaMA-Factory, axolotl", sniff, parse)
