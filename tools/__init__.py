"""Everything runwhy knows about training logs: reading, storing, judging, comparing and drawing them.

Nothing in this package knows of language models, prompts or chat; `agent` builds on it, never the other way round.
"""
