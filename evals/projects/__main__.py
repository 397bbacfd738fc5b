"""`python -m evals.projects [NAME ...]`: train the runs of all projects, or of those that are named."""

from __future__ import annotations

import sys

from evals.projects.plans import PLANS

if __name__ == "__main__":
    for plan in PLANS:
        if plan.project in sys.argv[1:] or not sys.argv[1:]:
            plan.write()
