"""`python -m agent` is `runwhy`."""

from agent.cli import main

main()
