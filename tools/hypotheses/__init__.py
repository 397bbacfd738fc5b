"""Causes that may have made a run go wrong, each weighed: what the results show for it and against it."""

from tools.hypotheses.from_results import hypotheses_of
from tools.hypotheses.weighing import weigh

__all__ = ["hypotheses_of", "weigh"]
