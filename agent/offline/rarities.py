"""What training logs rarely hold, in the words of those who ask for it all the same."""

from __future__ import annotations

from collections.abc import Mapping

UNLOGGED: Mapping[str, tuple[str, ...]] = {
    "GPU temperature": (
        "temperature", "temp", "temps", "overheat*", "hot", "heat", "thermal*", "throttl*", "gpu temp*", "how hot",
        "degrees", "cooling", "fan speed",
    ),
    "GPU utilisation": (
        "gpu util*", "gpu usage", "gpu load", "utilization", "utilisation", "sm occupancy", "gpu busy", "mfu",
    ),
    "GPU memory": ("gpu memory", "vram", "gpu mem", "cuda memory"),
    "hardware": (
        "which gpu", "what gpu", "gpu type", "gpu model", "how many gpus", "number of gpus", "hardware",
        "which machine", "what machine",
        "which node", "hostname", "which host", "cluster", "instance type", "a100", "h100", "cuda version",
        "driver version",
    ),
    "CPU load": ("cpu load", "cpu usage", "cpu util*", "cpu percent", "load average"),
    "model size": (
        "how many param* has", "how many param* does", "how many param* ... model", "how many param* ... network",
        "number of param* ... model", "parameter count", "param count", "model size", "how big ... model",
        "how large ... model", "how big ... network", "size of ... model",
    ),
    "power": ("power draw", "energy", "watt*", "kwh", "carbon", "co2", "electricity", "power consumption"),
    "git commit": (
        "commit*", "git", "sha", "revision", "git hash", "code version", "branch", "which version of the code",
        "version of the code",
    ),
    "cost": (
        "how much did ... cost", "cost*", "price*", "dollar*", "money", "expensive", "usd", "eur", "euro*", "budget",
        "bill", "spend",
        "spent", "$", "€", "cheap*", "pay", "paid", "invoice*",
    ),
    "person": (
        "who", "whose run*", "whose job*", "whose experiment*", "whose is", "author", "owner", "which user",
        "username",
        "which colleague", "by whom", "person", "which engineer", "launched by",
    ),
    "package versions": (
        "torch version", "pytorch version", "python version", "package version*", "which version of torch",
        "library version*",
    ),
    "checkpoint": (
        "checkpoint file*", "checkpoint path", "where is the checkpoint", "where are the weights", "weights file",
        "saved weights",
    ),
    "gender or training data contents": (
        "training examples look", "which images", "sample images", "misclassified examples", "confusion matrix",
    ),
}  # fmt: skip
"""things that logs rarely hold; looked up in what was logged all the same before saying so."""
