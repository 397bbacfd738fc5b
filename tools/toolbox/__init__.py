"""What a model may call: plain functions over a store of runs.

Signature and docstring are the manual that a model sees. Safe to call from several threads at once.
"""

from tools.toolbox.functions import Toolbox

__all__ = ["Toolbox"]
