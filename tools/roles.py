"""Logged names and the part they play in a training run."""
