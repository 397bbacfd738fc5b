"""What is told of watched runs in the chat: what is new, of what was asked for, in plain words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.watch import WatchEvent
from agent.watched import told, told_card, unwished, wish
from tools.errors import ToolError
from tools.records import Evidence
from tools.store import Store

BAD = WatchEvent(
    "found", 0.0, "run-6", "run-6", 6, finding="divergence", severity="critical", onset_step=1200, summary="It climbs."
)


def test_what_is_wrong_already_is_no_news_and_the_rest_of_a_run_is(sample_store: Store) -> None:
    seven = wish(sample_store, "7")
    assert seven.name == "run 7"
    assert not seven.wants(WatchEvent("found", 0.0, "run-7", finding="divergence"))
    assert seven.wants(WatchEvent("found", 0.0, "run-7", finding="memory_leak"))
    assert seven.wants(WatchEvent("worse", 0.0, "run-7", finding="divergence"))
    assert not seven.wants(BAD)
    assert wish(sample_store, "4").wants(WatchEvent("found", 0.0, "run-4", finding="lr_too_low"))
    everything = wish(sample_store, "all")
    assert everything.wants(BAD)
    assert not everything.wants(WatchEvent("started", 0.0, "run-6"))


def test_watching_ends_for_one_run_or_for_all(sample_store: Store) -> None:
    wishes = (wish(sample_store, "6"), wish(sample_store, "7"))
    assert [one.run for one in unwished(wishes, sample_store, "run 6")] == ["run-7"]
    assert unwished(wishes, sample_store, "all") == ()
    with pytest.raises(ToolError, match="not watched; run 6, run 7 is"):
        unwished(wishes, sample_store, "5")
    with pytest.raises(ToolError, match="no run"):
        wish(sample_store, "400")


def test_an_event_is_told_with_its_run_finding_and_place() -> None:
    assert told(BAD) == "**run 6** turned bad: **divergence** since step 1,200 (critical). It climbs."
    assert told(WatchEvent("ended", 0.0, "x", "my *run*", summary="It crashed.")).endswith("has ended. It crashed.")
    assert "my *run*" not in told(WatchEvent("ended", 0.0, "x", "my *run*"))


def test_what_has_recovered_and_breaks_again_is_news(sample_store: Store) -> None:
    seven = wish(sample_store, "7")
    again = WatchEvent("found", 0.0, "run-7", finding="divergence")
    assert not seven.after(again).wants(again)
    assert seven.after(WatchEvent("recovered", 0.0, "run-7", finding="divergence")).wants(again)


def test_an_event_is_a_card_before_the_store_has_the_finding() -> None:
    card = told_card(replace(BAD, evidence=(Evidence("loss", 1200, 3.5),), fix="Lower it."), None)
    assert (card.number, card.id, card.severity, card.since) == (6, "divergence", "critical", "step 1,200")
    assert card.evidence == ("loss 3.5 at step 1,200",)
    assert card.title != card.id
