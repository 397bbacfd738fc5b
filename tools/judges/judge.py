"""Judging runs of a store: what one process does, whether it is the only one or one of several."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace

from tools.diagnosis import diagnose, stands
from tools.records import Diagnosis, Scalar
from tools.store import Store

KEPT_AT_ONCE = 200
"""After so many runs their judgements are kept, so that little is lost with a process that is killed."""


def kept(store: Store, run: str) -> Diagnosis | None:
    """The kept diagnosis of a run where it still holds: neither the run nor what was read of its siblings changed."""
    found = store.diagnosis(run)
    if found is None or found.beside == store.mark(run) or stands(found, store.outline(run)):
        return found
    return None


def judge(store: Store, runs: Iterable[str], params: Mapping[str, Scalar]) -> Generator[Diagnosis]:
    """The diagnosis of each of these runs, made anew and kept, also where nobody waits for the last of them.

    Hyperparameters given by hand are laid over those of the logs; such a judgement is not kept.
    """
    made: list[Diagnosis] = []
    try:
        for data in store.load_each(runs):
            made.append(diagnose(replace(data, params={**data.params, **params}) if params else data))
            yield made[-1]
            if len(made) >= KEPT_AT_ONCE:
                _keep(store, made, params)
    finally:
        _keep(store, made, params)


def _keep(store: Store, made: list[Diagnosis], params: Mapping[str, Scalar]) -> None:
    if made and not params:
        store.save_diagnosis(*made)
    made.clear()
