"""Answers that say what is not there, what a term means, and what can be asked."""

from __future__ import annotations

import re

from agent.offline.facts import DefineFacts, DoubtFacts, LoggedFacts, NoMetric, NoRun, TalkFacts, Trouble, UnloggedFacts
from agent.offline.intents import SmallTalk
from agent.offline.known import KnownMetric
from agent.offline.terms import Missing
from agent.offline.texts import code, harmless, value_text
from agent.offline.write.voice import Voice, table
from tools.amounts import counted

COUNTERS = ("time", "step", "epoch")
FEW = 3
"""So many runs are named; of more it is told what all of them logged."""
MOST_KEYS = 25


def tell_no_run(facts: NoRun, voice: Voice) -> str:
    """A run that does not exist, is ambiguous, or was not named."""
    told = [_missing(one, len(facts.choices), voice) for one in facts.missing]
    told += [
        f'**Which run do you mean by "{harmless(o.text)}"?** It fits {voice.names(o.choices)}.' for o in facts.ambiguous
    ]
    if facts.unsaid:
        told.append(_which(voice))
    return "\n\n".join(told)


def _missing(one: Missing, total: int, voice: Voice) -> str:
    near = f"Closest in name: {voice.names(one.near)}. " if one.near else ""
    name = harmless(re.sub(r"^run[-_ ]?(?=\d+$)", "", one.text))
    return f"**There is no run {name}.** {near}This workspace has {counted(total, 'run')}."


def _which(voice: Voice) -> str:
    broken = [row.run.run for row in voice.desk.broken()]
    if broken:
        ask = 'name one, or ask "which runs are broken and why?"'
        return f"**Which run do you mean?** Broken are {voice.names(broken)}; {ask}."
    return f"**Which run do you mean?** There are {voice.names(list(voice.desk.runs()))}."


def tell_no_metric(facts: NoMetric, voice: Voice) -> str:
    """A metric that was not logged."""
    said = f"**The data does not say:** {harmless(facts.ask.text)} was not logged{_by(facts.runs, voice)}."
    return f"{said} {_logged(facts.logged, facts.runs, voice)}"


def _by(runs: tuple[str, ...], voice: Voice) -> str:
    return f" by {voice.names(runs)}" if 0 < len(runs) <= FEW else ""


def _metrics(logged: tuple[KnownMetric, ...], most: int = 12) -> str:
    logged = tuple(m for m in logged if m.role not in COUNTERS)
    names = [code(m.name) for m in logged[:most]]
    more = f" and {len(logged) - most} more" if len(logged) > most else ""
    return (", ".join(names) + more) if names else "no metrics at all"


def _logged(logged: tuple[KnownMetric, ...], runs: tuple[str, ...], voice: Voice) -> str:
    """What was logged instead, the nearest first."""
    told = _metrics(logged)
    if 0 < len(runs) <= FEW:
        return f"{voice.names(runs)} logged {told}."
    return f"Logged are {told}."


def tell_unlogged(facts: UnloggedFacts, voice: Voice) -> str:
    """Something that is not in the logs, unless there is a trace of it after all."""
    thing = "Who ran it" if facts.intent.thing == "person" else "The " + facts.intent.thing
    if facts.metrics and facts.intent.thing not in ("hardware", "person"):
        found = ", ".join(code(m) for m in facts.metrics[:5])
        return f"**{thing} may be in {found}**: that was logged. Ask for its value or a plot."
    if facts.params:
        rows = [[voice.name(run), code(key), harmless(value)] for run, key, value in facts.params[:12]]
        return f"**{thing} was not logged as a metric**, but the configs hold this:\n\n" + table(
            ["run", "setting", "value"], rows
        )
    said = f"**The data does not say: {thing[0].lower() + thing[1:]} was not logged{_by(facts.runs, voice)}.**"
    return f"{said} {_logged(facts.logged, facts.runs, voice)}"


def tell_definition(facts: DefineFacts, _: Voice) -> str:
    """A term in our own words, with the whole playbook of its finding."""
    parts = [facts.meaning] if facts.meaning else []
    if facts.explanation:
        e = facts.explanation
        text = re.sub(r"(?m)^#+ +(.*)$", r"**\1**\n", e.text).strip()
        parts.append(f"**The check `{e.id}`**\n\n{text}")
    if not parts:
        known = "hyperparameters, metrics and every finding (for example overfitting, loss scale, warm-up, dead ReLU)"
        return f'I have no definition of "{harmless(facts.intent.term)}". I can explain {known}.'
    return "\n\n".join(parts)


def tell_logged(facts: LoggedFacts, voice: Voice) -> str:
    """Metrics and settings."""
    metrics = [metric for metric in facts.metrics if metric.role not in COUNTERS]
    if facts.runs:
        keys = f" Settings: {', '.join(code(k) for k in facts.params[:MOST_KEYS])}." if facts.params else ""
        return f"**{voice.names(facts.runs)} logged** {_metrics(tuple(metrics), MOST_KEYS)}.{keys}"
    rows = [[code(m.name), m.role or "–", str(m.runs), value_text(m.points)] for m in metrics[:30]]
    keys = ", ".join(code(k) for k in facts.params[:MOST_KEYS])
    return (
        f"**{counted(len(metrics), 'metric')} in {counted(facts.n_runs, 'run')}:**\n\n"
        + table(["metric", "role", "runs", "points"], rows)
        + (f"\n\nSettings: {keys}." if keys else "")
    )


NAMING = (
    "What a metric means stays fixed while we talk. Say it when the runs are opened, with `--role val_loss=my_metric`"
    " and `--goal my_metric=lower`, or for good in a `runwhy.toml` beside the logs, under `[roles]` and `[goals]`."
    " Every verdict, ranking and chart follows it, and no log is read again."
)


def _of_one(metric: str) -> tuple[str, ...]:
    return (
        '"what went wrong?", "since when?", "is it overfitting?", "is it still improving?"',
        f'"best {metric}", "final {metric}", "plot {metric}", "how long did it run?"',
        '"which settings did it use?", "what could not be checked?", "what should I try next?"',
    )


def _of_several(metric: str, runs: tuple[str, ...], voice: Voice) -> tuple[str, ...]:
    example, other = (voice.name(runs[0]), voice.name(runs[-1])) if runs else ("run 1", "run 2")
    return (
        f'"why did {example} fail?", "since when?", "is {other} overfitting?"',
        f'"which run is best by {metric}?", "top three", "how many runs diverged?", "list the broken runs"',
        f'"final {metric} of {other}", "lr of {example} when it broke", "plot {metric} of {example} and {other}"',
        f'"compare {example} and {other}", "which hyperparameter matters most?", "what should I try next?"',
    )


def tell_talk(facts: TalkFacts, voice: Voice) -> str:
    """Greetings; what can be asked; what was not understood."""
    metric = harmless(facts.metrics[0]) if facts.metrics else "val_loss"
    asked = _of_one(metric) if len(facts.runs) == 1 else _of_several(metric, facts.runs, voice)
    listing = "\n".join(f"- {line}" for line in (*asked, '"what is a loss scale?"'))
    if isinstance(facts.intent, SmallTalk):
        if facts.intent.kind == "naming":
            return NAMING
        opening = {
            "hello": "Hello! I read training logs and find out why runs went wrong.",
            "thanks": "You are welcome.",
            "help": "I read training logs and find out why runs went wrong, offline and without a language model.",
        }[facts.intent.kind]
        return opening if facts.intent.kind == "thanks" else f"{opening} Ask me things like\n\n{listing}"
    if facts.beside and facts.intent.passed_over:
        return f'This leaves out "{harmless(facts.intent.rest)}": I could not make it part of the question.'
    if facts.beside:
        return f'I did not understand "{harmless(facts.intent.rest)}"; please ask that again in other words.'
    return f"I did not understand this question. What I can answer about these runs:\n\n{listing}"


def tell_doubt(_: DoubtFacts, __: Voice) -> str:
    """Before the same facts, read anew."""
    return "I read the logs again. This is what the answer stands on; each citation opens the logged value:"


def tell_trouble(facts: Trouble, _: Voice) -> str:
    """A tool that could not help."""
    return f"I could not look at the runs: {harmless(facts.text, 300)}"
