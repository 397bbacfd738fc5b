"""All runs of all projects."""

from evals.projects import chatbot, everyday, machines, maze, memos, others, streams, thin, together

MODULES = (chatbot, everyday, machines, maze, memos, others, streams, thin, together)
PLANS = tuple(plan for module in MODULES for plan in module.PLANS)
