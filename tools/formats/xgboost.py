"""XGBoost: `[0]	train-logloss:0.65	eval-logloss:0.66`, with spreads in cv, with escaped tabs on SageMaker."""

from __future__ import annotations

from tools.formats._rounds import Rounds
from tools.formats._styles import console_format

FORMAT = console_format(
    "xgboost",
    "XGBoost console",
    "XGBoost (train, cv, the scikit-learn classes, SageMaker)",
    r"\[\d+\](?:\t|#011)\S[^\t\n#]{0,80}-[\w@.-]{1,40}:[-\d.naif]",
    Rounds,
)
