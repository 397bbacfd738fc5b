"""Logs that are still being written: what is new in them is read, and nothing twice that need not be."""
