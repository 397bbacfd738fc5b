"""From facts to Markdown: the verdict first, then what shows it. Knows nothing of questions or tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from agent.offline import course_facts as course
from agent.offline import facts as f
from agent.offline import figure_facts as figure
from agent.offline import sweep_facts as sweep
from agent.offline.intents import SmallTalk
from agent.offline.policy import Found
from agent.offline.thread import Cited
from agent.offline.troubles import grave
from agent.offline.write import (
    advice,
    balance,
    cases,
    checks,
    courses,
    endings,
    figures,
    foresight,
    lookups,
    outlooks,
    passages,
    portraits,
    presence,
    races,
    rankings,
    remarks,
    sheets,
    shifts,
    sound,
    sweeps,
    trust,
    values,
    weighing,
)
from agent.offline.write.length import evidence_list, in_short
from agent.offline.write.orders import orders_in
from agent.offline.write.voice import Voice
from agent.verbosity import Verbosity

WRITERS: dict[type, Callable[[Any, Voice], str]] = {
    f.CaseFacts: cases.tell_cases,
    f.ForeseenFacts: foresight.tell_foreseen,
    f.RemarkFacts: remarks.tell_remarks,
    f.DescribeFacts: portraits.tell_description,
    f.StoryFacts: portraits.tell_story,
    sweep.BestFacts: rankings.tell_best,
    f.ValueFacts: values.tell_value,
    f.ReachFacts: values.tell_reach,
    sweep.CountFacts: rankings.tell_count,
    sweep.CompareFacts: rankings.tell_comparison,
    f.SettingFacts: values.tell_setting,
    f.DurationFacts: values.tell_duration,
    f.TrendFacts: courses.tell_trend,
    f.PlotFacts: values.tell_plot,
    sweep.NextFacts: advice.tell_next,
    sweep.NoBaseFacts: advice.tell_no_base,
    figure.OutlookFacts: outlooks.tell_outlook,
    sweep.AdviceFacts: advice.tell_advice,
    sweep.MatterFacts: sweeps.tell_matters,
    f.NoRun: lookups.tell_no_run,
    f.NoMetric: lookups.tell_no_metric,
    f.UnloggedFacts: lookups.tell_unlogged,
    f.DefineFacts: lookups.tell_definition,
    f.LoggedFacts: lookups.tell_logged,
    sweep.WasteFacts: balance.tell_waste,
    sweep.ToLogFacts: balance.tell_to_log,
    f.TalkFacts: lookups.tell_talk,
    f.CheckFacts: checks.tell_check,
    sweep.WhatIfFacts: checks.tell_what_if,
    f.DoubtFacts: lookups.tell_doubt,
    f.Trouble: lookups.tell_trouble,
    figure.FigureFacts: figures.tell_figure,
    figure.MostFacts: figures.tell_most,
    figure.ChangeFacts: figures.tell_change,
    figure.AtEndFacts: figures.tell_at_end,
    figure.BlameFacts: weighing.tell_blame,
    figure.EitherFacts: weighing.tell_either,
    figure.RemedyFacts: weighing.tell_remedy,
    figure.RivalFacts: weighing.tell_rivals,
    figure.ElsewhereFacts: weighing.tell_elsewhere,
    figure.NearestFacts: weighing.tell_nearest,
    figure.SheetFacts: sheets.tell_sheet,
    figure.TwinsFacts: figures.tell_twins,
    figure.PresenceFacts: presence.tell_presence,
    figure.FaultsFacts: presence.tell_faults,
    course.AftermathFacts: passages.tell_aftermath,
    course.UnmovedFacts: passages.tell_unmoved,
    course.GapFacts: passages.tell_gap,
    course.TrustFacts: trust.tell_trust,
    course.LevelFacts: trust.tell_level,
    course.EndedFacts: endings.tell_ended,
    course.AdviceKeptFacts: advice.tell_kept,
    course.AsideFacts: sound.tell_aside,
    course.ShiftsFacts: shifts.tell_shifts,
    course.RaceFacts: races.tell_race,
}


@dataclass(frozen=True)
class Answer:
    """What is said. `answered` is False where data or understanding did not reach; `about`: runs for the next turn."""

    text: str
    answered: bool
    about: tuple[str, ...] = ()


def write(found: Found, evidence: tuple[Cited, ...] = (), verbosity: Verbosity = "normal") -> Answer:
    """All parts one after the other, each as long as is wanted."""
    voice = Voice(found.desk, evidence, verbosity)
    parts = [WRITERS[type(one)](one, voice) for one in (_apart(found.facts) if verbosity == "short" else found.facts)]
    parts = [in_short(part) for part in parts] if verbosity == "short" else parts
    parts += _ordering_names("\n".join(parts), voice)
    parts += [evidence_list("\n".join(parts), evidence)] if verbosity == "detailed" else []
    text = "\n\n".join(part for part in parts if part)
    if not text:
        return Answer("The tools gave me nothing to answer this with. Please name the run or metric you mean.", False)
    return Answer(text, any(_answers(one) for one in found.facts), about(found.facts))


def _apart(facts: tuple[f.Facts, ...]) -> Iterator[f.Facts]:
    """Two runs as two parts, so that each has its first words."""
    for one in facts:
        if isinstance(one, f.CaseFacts) and len(one.cases) == 2:
            yield from (replace(one, cases=(case,)) for case in one.cases)
        else:
            yield one


def _ordering_names(text: str, voice: Voice) -> list[str]:
    """Runs of the answer whose very names give orders, unless that was said already."""
    numbered = [(voice.name(known.run), known) for known in voice.desk.known.runs]
    spoken = [(name, known) for name, known in numbered if name == f"run {known.number}" and name in text]
    return [line for name, known in spoken for line in orders_in(name, {}, None, known.name) if line not in text]


def _answers(one: f.Facts) -> bool:
    """Whether these facts are an answer, or say that there is none."""
    match one:
        case f.NoRun() | f.NoMetric() | f.Trouble() | f.DoubtFacts():
            return False
        case f.CaseFacts():
            return any(
                case.diagnosed.diagnosis.verdict != "cannot_judge"
                and not (case.unchecked(one.intent.aspect) and not grave(case.diagnosed.diagnosis.findings))
                for case in one.cases
            )
        case f.ForeseenFacts():
            return any(told.outlook is not None for told in one.runs)
        case f.UnloggedFacts():
            return bool(one.metrics or one.params)
        case f.TalkFacts():
            return isinstance(one.intent, SmallTalk) and one.intent.kind != "naming"
        case f.DefineFacts():
            return bool(one.meaning or one.explanation)
        case sweep.CountFacts():
            return not one.unmet
        case f.ValueFacts():
            return bool(one.readings or one.settings)
        case f.CheckFacts():
            return bool(one.holds or one.fails)
        case f.SettingFacts():
            return bool(one.values or one.logged)
        case sweep.MatterFacts():
            return bool(one.analysis.effects)
        case _:
            return True


def about(facts: tuple[f.Facts, ...]) -> tuple[str, ...]:
    """The runs that an answer was about, for "it" in the next question."""
    runs: list[str] = []
    for one in facts:
        match one:
            case f.CaseFacts():
                runs += [case.diagnosed.run.run for case in one.cases]
            case f.RemarkFacts():
                runs.append(one.diagnosed.run.run)
            case sweep.BestFacts():
                runs += [r.run for r in one.ranked[: one.intent.count]]
            case f.ValueFacts() | f.ReachFacts():
                runs += [r.run for r in one.readings]
            case sweep.CompareFacts():
                runs += [run.run for run in one.comparison.runs]
            case sweep.CountFacts():
                runs += list(one.matched)
            case sweep.WasteFacts():
                runs += [str(row["run"]) for row in one.rows]
            case f.SettingFacts() | f.PlotFacts():
                runs += list(one.runs)
            case f.DurationFacts():
                runs += [e.run for e in one.extents]
            case figure.MostFacts():
                runs += [r.run for r in one.readings[: one.intent.count]]
            case figure.SheetFacts():
                runs += [run for run, _ in one.rows]
            case figure.ChangeFacts():
                runs += list(one.runs)
            case figure.AtEndFacts():
                runs += [r.run for r in one.last]
            case figure.BlameFacts() | figure.EitherFacts():
                runs.append(one.diagnosed.run.run)
            case figure.ElsewhereFacts():
                runs += [one.run, *(run for run, _ in one.others)]
            case figure.PresenceFacts():
                runs += list(one.having)
            case figure.FaultsFacts():
                runs += [run for _, group in one.groups for run in group]
            case figure.NearestFacts():
                runs += [*one.nearest[:1], one.run]
            case figure.OutlookFacts():
                runs += [*(told.run.run for told in one.going), *(r.run for r in one.unfinished)]
            case f.ForeseenFacts():
                runs += [told.run.run for told in one.runs]
            case (
                course.AftermathFacts()
                | course.UnmovedFacts()
                | course.GapFacts()
                | course.LevelFacts()
                | course.EndedFacts()
                | course.AsideFacts()
                | course.ShiftsFacts()
            ):
                runs.append(one.run)
            case course.RaceFacts():
                runs += [reading.run for reading in one.there]
            case course.TrustFacts():
                runs += [one.first.best.run, one.second.best.run]
            case f.DescribeFacts():
                runs.append(one.description.run.run)
            case f.CheckFacts():
                runs += [run for run, _ in (*one.holds, *one.fails)]
            case sweep.WhatIfFacts():
                runs += [one.own.run] if one.own else []
            case sweep.NextFacts():
                runs.append(one.best.run)
    return tuple(dict.fromkeys(runs))
