"""`python -m evals` is `runwhy eval`."""

import sys

from agent.cli import app

app(["eval", *sys.argv[1:]])
