"""All runs of all projects."""

from evals.projects import chatbot, everyday, machines, maze, others, streams, thin, together

PLANS = tuple(
    plan for module in (chatbot, everyday, machines, maze, others, streams, thin, together) for plan in module.PLANS
)
