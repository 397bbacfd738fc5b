"""Cases of the evals: a folder each; `train.py` makes the logs of those that do not use the bundled samples."""
