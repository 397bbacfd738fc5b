"""A set of runs with labels, in the layout of the fault bench: draws, trains, keeps what qualifies, writes."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random

from evals.faults.case import Case, Trial, reached
from evals.faults.cases import CASES
from evals.faults.domains import DOMAINS, train_domain
from evals.faults.logs import Style, draw_style
from evals.faults.mild import milder
from evals.faults.recipes import Recipe
from evals.faults.sound import KINDS, SLOW, Sound, is_sound
from evals.faults.training import History, train
from evals.faults.writers import write

DOSES = (0.1, 0.25, 0.5, 0.75)
HARMLESS = 0.95
"""Share of the sound run's improvement that a harmless dose leaves at least."""
TRIES = 6
HEALTHY_SHARE = 0.36
OWN_NAMES = ("jsonl", "csv", "key_value", "wandb", "lightning")
"""Formats in which everybody names the metrics."""


@dataclass(frozen=True)
class Label:
    """One line of labels.csv; the columns are those of the fault bench."""

    run_id: str
    label: str
    acceptable: str
    neutral: str
    onset_unit: str = ""
    onset_low: str = ""
    onset_high: str = ""
    onset_alt_unit: str = ""
    onset_alt_low: str = ""
    onset_alt_high: str = ""
    severity: str = "none"
    healthy: str = "yes"
    format: str = ""
    note: str = ""


def make(out: Path, seed: int, runs: int, mild: bool = False) -> list[Label]:
    """Train that many runs and write them with their labels; the same seed gives the same files. mild: faults at a
    part of their dose, of which some no longer show."""
    labels = []
    for place, plan in enumerate(plans(runs, Random(seed))):
        dice = Random(f"{seed}/{place}")
        run_id = f"u{place + 1:03d}"
        if isinstance(plan, Case):
            label = _borderline(plan, out, run_id, dice) if mild else _faulty(plan, out, run_id, dice)
        else:
            label = _healthy(plan, out, run_id, dice)
        if label is not None:
            labels.append(label)
    with (out / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(Label.__dataclass_fields__), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(label) for label in labels)
    return labels


def plans(runs: int, dice: Random) -> list[Case | Sound]:
    """What to make: every fault and every healthy kind in turn, in mixed order."""
    healthy = math.ceil(HEALTHY_SHARE * runs)
    sound, faults = dice.sample(KINDS, len(KINDS)), dice.sample(CASES, len(CASES))
    drawn: list[Case | Sound] = [sound[i % len(sound)] for i in range(healthy)]
    drawn += [faults[i % len(faults)] for i in range(runs - healthy)]
    dice.shuffle(drawn)
    return drawn


def run(recipe: Recipe) -> History:
    """Train a recipe, whatever it is of."""
    return train_domain(recipe) if recipe.task in DOMAINS else train(recipe)


def _faulty(case: Case, out: Path, run_id: str, dice: Random) -> Label | None:
    for _ in range(TRIES):
        draft = case.draft(dice)
        faulty = run(draft.faulty)
        trial = Trial(draft, faulty, run(draft.control))
        note = case.proof(trial)
        if not note:
            continue
        style = draw_style(faulty, case.shown, case.by_step, dice)
        _write_all(case, trial, style, out / "runs" / run_id)
        window = case.onset(trial)
        kept = {case.label, *case.acceptable}
        neutral = "|".join(sorted({*case.neutral} - kept))
        onset = {} if window is None else windows(window, faulty, style)
        acceptable = "|".join([case.label, *case.acceptable])
        return Label(run_id, case.label, acceptable, neutral, **onset, severity="severe", healthy="no",
                     format=style.format, note=note)  # fmt: skip
    return None


def _write_all(case: Case, trial: Trial, style: Style, folder: Path) -> None:
    """The run, and beside it the sound ones of other draws."""
    write(trial.faulty, style, folder / "run-0" if case.beside else folder)
    for place in range(1, case.beside + 1):
        write(run(trial.draft.control.but(draw=place)), style, folder / f"run-{place}")


def _borderline(case: Case, out: Path, run_id: str, dice: Random) -> Label | None:
    """A milder fault: labelled as one where it still shows, as healthy where it does no harm, else left out."""
    draft = milder(case.draft(dice), dice.choice(DOSES))
    trial = Trial(draft, run(draft.faulty), run(draft.control))
    note = case.proof(trial)
    if not note and (draft.faulty.task in DOMAINS or reached(trial) < HARMLESS or not is_sound(trial.faulty)):
        return None
    style = draw_style(trial.faulty, case.shown, case.by_step, dice)
    _write_all(case, trial, style, out / "runs" / run_id)
    neutral = "|".join(sorted({*case.neutral} - {case.label, *case.acceptable}))
    if not note:
        return Label(run_id, "healthy", "healthy", neutral, format=style.format, note=f"{case.label}, harmless dose")
    acceptable = "|".join([case.label, *case.acceptable])
    return Label(run_id, case.label, acceptable, neutral, severity="mild", healthy="no", format=style.format, note=note)


def _healthy(kind: Sound, out: Path, run_id: str, dice: Random) -> Label | None:
    for _ in range(TRIES):
        history = run(kind.draft(dice))
        if is_sound(history):
            style = displayed(history, kind, dice)
            write(history, style, out / "runs" / run_id)
            neutral = "|".join(sorted({*kind.neutral, *SLOW}))
            return Label(run_id, "healthy", "healthy", neutral, format=style.format, note=kind.kind)
    return None


def displayed(history: History, kind: Sound, dice: Random) -> Style:
    """A style that shows and hides what the kind asks for."""
    style = draw_style(history, kind.shown, kind.by_step, dice)
    while kind.display == "perplexity" and style.format not in OWN_NAMES:
        style = draw_style(history, kind.shown, kind.by_step, dice)
    ppl = {"train_loss": "train_ppl", "val_loss": "val_ppl"} if kind.display == "perplexity" else {}
    return replace(style, shown=style.shown - {*kind.hidden}, display=kind.display, names=style.names | ppl)


def windows(window: tuple[int, int], history: History, style: Style) -> dict[str, str]:
    """An onset window of steps in the numbers that the log shows: steps, or epochs with the steps as the other unit."""
    low, high = window
    per = history.recipe.steps_per_epoch
    if style.by_epoch:
        first, last = (max(0, low - 1)) // per + style.first_epoch, math.ceil(high / per) + style.first_epoch
    else:
        low, high = low - style.every, high + style.every
        first, last = math.floor(max(0, low) / per), math.ceil(high / per)
    epoch_only = style.by_epoch or style.format == "hf_console"
    steps, epochs = ("step", str(low), str(high)), ("epoch", str(first), str(last))
    one, other = (epochs, steps) if epoch_only else (steps, epochs)
    names = ("unit", "low", "high")
    return {f"onset_{n}": v for n, v in zip(names, one, strict=True)} | {
        f"onset_alt_{n}": v for n, v in zip(names, other, strict=True)
    }


def by_label(labels: list[Label]) -> Iterator[tuple[str, int]]:
    """How many runs each label has."""
    for name in sorted({label.label for label in labels}):
        yield name, sum(label.label == name for label in labels)
