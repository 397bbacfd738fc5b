"""Runs judged one after the other, or by several processes at once where that pays.

Nothing is imported here: the worker process lives in this package and must start quickly.
"""
