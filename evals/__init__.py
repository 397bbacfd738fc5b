"""Evals: cases with known truth, scorers, and the baseline that later results are held against."""
