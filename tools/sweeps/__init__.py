"""What the runs of a sweep teach together: effects of settings, where training becomes unstable, what to try next."""

from tools.sweeps.analysis import analyse
from tools.sweeps.members import Member, Sweep, sweep_of

__all__ = ["Member", "Sweep", "analyse", "sweep_of"]
