"""A question that is asked again since its answer is doubted: looked into anew, with what speaks for the answer."""

from __future__ import annotations

from agent.offline.intents import Best, Compare, Health, Intent, When, Why
from agent.offline.terms import Ranked


def deepened(intent: Intent) -> Intent:
    """What to look into to stand by an answer: the best beside the runner-up, a moment with its reasons."""
    match intent:
        case Best(who=(), conditions=(), extreme="", place=None, claim=None):
            return Compare((Ranked(intent.order, max(2, intent.count), intent.metric),), intent.metric, intent.spot)
        case When():
            return Why(intent.who, intent.aspect)
        case Health(use=True):
            return Health(intent.who)
    return intent
