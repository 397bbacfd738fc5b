"""Folders of runs that many cases ask about. `python -m evals.projects` trains them all anew, byte for byte."""

from pathlib import Path

PROJECTS = Path(__file__).parent / "logs"
