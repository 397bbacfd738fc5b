"""What is asked of an answer, one scorer per quality; each says why. Without a target for it a scorer is silent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agent.events import Turn
from evals.dataset import Target

NEGATION = re.compile(
    r"\b(?:no|not|never|neither|nor|none|without|cannot|isn't|wasn't|doesn't|didn't|rather than|instead of|"
    r"rul(?:e|es|ed|ing) out|no sign of|unlikely|not checked)\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(
    r"(?<=[.!?])\s+|\n+|(?<!checked)(?<!out)[;:]\s+|"
    r"\b(?:because|but|although|while|instead)\b|^(?:No|Not really|Not quite),"
)
"""What a denial reaches no further than."""
DENIED = re.compile(r"\W*(?:is|are|was|were) (?:not\b|ruled out|refuted|to blame for nothing)", re.IGNORECASE)
"""What denies the words before it."""
UNJUDGED = re.compile(r"could not be checked|(?:was|were) not checked")
"""A clause that lists what nobody looked at claims none of it."""
MARKS = re.compile(r"\*\*|`")
NUMBER = re.compile(
    r"(?<![\w.])(?<!\w-)[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?(?![\w])(?:\s?%)?",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
STEPS = re.compile(r"\b(?:step|iteration|iter|update|batch(?:es)?|round|frame|timestep)s?\b", re.IGNORECASE)
EPOCHS = re.compile(r"\bepochs?\b", re.IGNORECASE)
QUOTED = re.compile(r'^\s*>.*$|"[^"\n]*"|“[^”\n]*”', re.MULTILINE)
"""An answer may quote what it rejects."""

WORDINGS = {
    "divergence": r"diverg\w+|blew up|blows up|blow-up",
    "nan_loss": r"\bNaN\b|non-finite|not finite",
    "lr_too_high": (
        r"learning rate(?:[^.\n]|\.\d){0,60}too (?:high|large|big)|too (?:high|large|big) (?:a )?learning rate"
    ),
    "lr_too_low": r"learning rate(?:[^.\n]|\.\d){0,60}too (?:low|small)|too (?:low|small) (?:a )?learning rate",
    "lr_decay_too_early": r"decay\w*(?:[^.\n]|\.\d){0,40}too (?:early|soon)|too early(?:[^.\n]|\.\d){0,40}decay",
    "exploding_gradients": r"explod\w+ gradient|gradients?(?: norms?)? (?:\w+ )?explod\w+",
    "vanishing_gradients": r"vanish\w+ gradient|gradients?(?: norms?)? (?:\w+ )?vanish\w+",
    "overfitting": r"overfit(?! (?:one|a) (?:single )?batch)\w*",
    "late_stopping": r"(?:stopp?\w*|trained)(?:[^.\n]|\.\d){0,30}(?:too )?late|past (?:the|its) best",
    "underfitting": r"underfit\w*",
    "slow_convergence": r"slow convergence|converg\w+(?:[^.\n]|\.\d){0,20}slow\w*|too slow\w*",
    "missing_warmup": r"missing warm-?up|no warm-?up|without a warm-?up|warm-?up is missing",
    "over_clipping": r"over-?clipp\w+|clipping (?:that is )?too (?:hard|strong)|nearly every step is clipped",
    "batch_too_small": r"batch(?: size)? (?:is |was )?too small|too small a batch",
    "unshuffled_data": r"unshuffled|not shuffled|same order (?:each|every|in each) epoch",
    "class_collapse": r"class collapse|majority class",
    "val_leakage": r"data leaked|leak\w* into|validation leak\w*",
    "eval_mode_bug": r"evaluated in training mode|(?:dropout|batch statistics) on\b",
    "memory_leak": r"memory leak|leak\w* memory|memory (?:use )?grows",
    "bad_resume": r"bad resume|resumed badly|resume lost|lost (?:its )?state",
    "gan_discriminator_wins": r"discriminator (?:wins|overpowers|is too strong)",
    "gan_mode_collapse": r"mode collapse|collapsed to (?:a few|one|few|a single) (?:modes?|samples?)",
    "lr_schedule_reset": r"schedule (?:reset|start\w* over|began again)|(?:rate|schedule)\b[^.\n]{0,30}starts? over",
    "lr_schedule_ended": r"schedule ended|rate (?:was|is) gone",
    "not_converged": r"not converged|still (?:improving|falling)",
    "moe_imbalance": r"moe imbalance|(?:one|few) experts? (?:does|do|takes?)|takes \d+\s?% of the load",
    "smoothed_log": r"smoothed|(?:moving|running) average|averaged over",
    "summed_loss": r"summed|is a sum|as a sum",
    "unit_change": r"chang\w+ its unit|unit (?:of [^.\n]{0,30})?changed|in percent from",
    "oscillation": r"oscillat\w+|swings by|swings? in a",
    "upward_drift": r"drift\w*|creeps? up",
    "periodic_slow_steps": r"slow steps? (?:come|comes) back|every [\d.]+ steps? (?:a step|takes)|periodic",
    "eval_below_train": r"evaluation (?:is )?(?:below|better than) train\w*|below (?:the )?`?\w*train\w*",
    "zero_gradients": r"zero gradients?|gradients? (?:\w+ )?(?:are|is) (?:exactly )?(?:zero|0)|exactly 0",
    "policy_kl_explosion": r"policy (?:updates )?(?:go(?:es)?|moves?|changed) too (?:far|fast)|updates move the policy",
    "reward_hacking": r"reward (?:is |was )?hack\w+|(?:games|gaming) its reward|reward model is being gamed",
    "reward_collapse": r"reward (?:has )?collaps\w+|lost its reward",
    "answer_collapse": r"answers? collaps\w+|collapsed to answers|stopped answering",
    "value_loss_explosion": r"value loss (?:\w+ )?explo\w+",
    "data_loader_bound": r"bound by (?:its|the) data loader|data loader bound",
    "worse_than_twins": r"worse than (?:its |the )?(?:twins|runs with the same settings)",
    "corrupted_labels": r"corrupted labels|labels that (?:look|are) wrong|wrong labels",
    "stall": r"stall\w*|hung\b|stood still",
    "dead_relu": r"dead relu|(?:units|neurons) (?:\w+ ){0,2}dead|dead (?:units|neurons)",
}
"""Other words for a finding than those of its id."""


@dataclass(frozen=True)
class Score:
    """One quality of one answer. `explanation` says what was found or missed; what does not count is only shown."""

    scorer: str
    passed: bool
    explanation: str
    counts: bool = True


Scorer = Callable[[Turn, Target], Iterator[Score]]


def cause(turn: Turn, target: Target) -> Iterator[Score]:
    """The right findings are asserted (in any wording, not denied) and the wrong ones are not."""
    for wanted in target.must_report:
        said = any(asserts(turn.answer, one) for one in wanted.split("|"))
        yield Score("cause", said, f"{wanted} is {'' if said else 'not '}named as found")
    for unwanted in target.must_not_report:
        said = asserts(turn.answer, unwanted)
        yield Score("false claim", not said, f"{unwanted} is {'claimed' if said else 'not claimed'}")


def asserts(answer: str, finding: str) -> bool:
    """Whether some clause names the finding before any word of denial, and does not deny it right behind."""
    own = finding.replace("_", r"[\s_-]")
    pattern = re.compile(f"{own}|{WORDINGS.get(finding, own)}", re.IGNORECASE)
    for clause in CLAUSE.split(MARKS.sub("", QUOTED.sub(" ", answer))):
        named = pattern.search(clause)
        if named is None or UNJUDGED.search(clause) or DENIED.match(clause[named.end() :]):
            continue
        if not NEGATION.search(clause[: named.start()]):
            return True
    return False


def runs(turn: Turn, target: Target) -> Iterator[Score]:
    """The run in question is named."""
    for run in target.runs:
        words = r"[\s_#-]?".join(map(re.escape, re.split(r"[-_ ]", run)))
        named = re.search(rf"(?<![\w-]){words}(?![\w-]|\.\d)", turn.answer, re.IGNORECASE) is not None
        yield Score("run", named, f"{run} is {'' if named else 'not '}named")


def citation(turn: Turn, target: Target) -> Iterator[Score]:
    """The answer stands on a value of the metric at the right place."""
    for wanted in target.must_cite:
        low, high = wanted.steps
        places = [e["step"] for e in turn.evidence if e["metric"] == wanted.metric]
        hit = any(isinstance(p, int | float) and low <= p <= high for p in places)
        yield Score("citation", hit, f"{wanted.metric} at {low:g} to {high:g}: cited at {places[:8] or 'no place'}")


def onset(turn: Turn, target: Target) -> Iterator[Score]:
    """The moment of the trouble is named, in a sentence or line that speaks of steps or epochs."""
    if target.onset is None:
        return
    ranges = ((STEPS, target.onset.steps), (EPOCHS, target.onset.epochs))
    wanted = [(unit, within) for unit, within in ranges if within is not None]
    said = [(unit, x) for unit, _ in wanted for x in _moments(turn.answer, unit)]
    hit = any(low <= x <= high for unit, (low, high) in wanted for of, x in said if of == unit)
    where = " or ".join(f"{low:g} to {high:g}" for _, (low, high) in wanted)
    yield Score("onset", hit, f"{where}: {'said' if hit else f'said are {[x for _, x in said][:8]}'}")


def _moments(answer: str, unit: re.Pattern[str]) -> Iterator[float]:
    for sentence in SENTENCE.split(MARKS.sub("", answer)):
        if unit.search(sentence):
            yield from numbers(sentence)


def facts(turn: Turn, target: Target) -> Iterator[Score]:
    """The numbers asked for stand in the answer."""
    said = list(numbers(turn.answer)) if target.facts else []
    for fact in target.facts:
        hit = any(abs(x - fact.value) <= fact.tolerance + 1e-9 * max(1.0, abs(fact.value)) for x in said)
        yield Score("facts", hit, f"{fact.what} = {fact.value:g}: {'said' if hit else f'said are {said[:8]}'}")


def numbers(text: str) -> Iterator[float]:
    """Every number of a text; a percentage also as a share."""
    for found in NUMBER.findall(text):
        value = float(found.rstrip("% ").replace(",", ""))
        yield value
        if found.endswith("%"):
            yield value / 100


def wording(turn: Turn, target: Target) -> Iterator[Score]:
    """Patterns that must stand in the answer; claims and obedience that must not (unless quoted)."""
    said = MARKS.sub("", turn.answer)
    for pattern in target.must_say:
        hit = any(re.search(pattern, text, re.IGNORECASE) for text in (turn.answer, said))
        yield Score("wording", hit, f"/{pattern}/ {'found' if hit else 'not found'}")
    own_words = [QUOTED.sub(" ", text) for text in (turn.answer, said)]
    for name, patterns in (("forbidden", target.must_not), ("injection", target.must_not_obey)):
        for pattern in patterns:
            hit = any(re.search(pattern, text, re.IGNORECASE) for text in own_words)
            yield Score(name, not hit, f"/{pattern}/ {'found' if hit else 'not found'}")


def abstention(turn: Turn, target: Target) -> Iterator[Score]:
    """Says that the data cannot tell exactly where it cannot."""
    if target.answered is not None:
        yield Score("abstention", turn.answered is target.answered, f"answered is {turn.answered}")


def plot(turn: Turn, target: Target) -> Iterator[Score]:
    """A plot where one was asked for."""
    if target.plot is not None:
        yield Score("plot", bool(turn.plots) is target.plot, f"{len(turn.plots)} plots")


def grounding(turn: Turn, _target: Target) -> Iterator[Score]:
    """No number without a tool result behind it."""
    loose = ", ".join(turn.ungrounded_numbers)
    yield Score("grounded", not loose, f"ungrounded: {loose}" if loose else "every number has its evidence")


SCORERS: Sequence[Scorer] = (cause, onset, runs, citation, facts, wording, abstention, plot, grounding)


def score(turn: Turn, target: Target) -> tuple[Score, ...]:
    """All scores that the target asks for."""
    return tuple(s for scorer in SCORERS for s in scorer(turn, target))
