"""What a model on a server will cost, said before it is asked: judged by what the offline analyst took."""

from __future__ import annotations

import sys

import typer

from agent.budget import TokenPrice, Usage
from agent.models import OFFLINE
from agent.settings import Settings
from agent.terminal import complain
from evals import baseline
from tools.errors import ToolError

NO_PRICE = "set RUNWHY_PROMPT_PRICE and RUNWHY_COMPLETION_PRICE to see the money"


def expected(samples: int) -> Usage:
    """What so many samples will take, by the baseline of the offline analyst, whose calls are much the same."""
    one = (baseline.load(OFFLINE) or baseline.Baseline({})).usage
    return Usage(one.calls * samples, one.prompt * samples, one.completion * samples)


def sentence(usage: Usage, samples: int, settings: Settings) -> str:
    """For people."""
    cost, price = settings.budget.cost(usage), settings.budget.price
    money = f"about {cost:.2f} {price.currency}" if isinstance(price, TokenPrice) and cost is not None else NO_PRICE
    return f"{samples} samples take about {usage.calls:,} calls and {usage.tokens:,} tokens: {money}"


def ask_first(samples: int, agreed: bool, budget: float | None, settings: Settings) -> None:
    """Say what it will cost, go on if that is agreed to. ToolError otherwise, or where a budget has no price."""
    if budget is not None and settings.budget.price is None:
        raise ToolError("A budget needs prices.", f"{NO_PRICE[0].upper()}{NO_PRICE[1:]}.")
    said = sentence(expected(samples), samples, settings)
    complain("", said)
    if agreed:
        return
    if not sys.stdin.isatty():
        raise ToolError("This run may cost money, and nobody is here to be asked.", "--yes agrees to it beforehand.")
    if not typer.confirm("Go on?", err=True):
        raise ToolError("Nothing was sent.")
