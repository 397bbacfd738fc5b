"""Lines that no dialect knows, read by their shape: the words between the numbers, the rows of drawn tables."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

from tools.formats._collect import NAN
from tools.formats._dialect import Reading
from tools.formats._kinds import Kinds, kind_in
from tools.formats._measures import is_measure, is_result
from tools.formats._runs import Rows
from tools.formats._sections import Sections
from tools.formats._shapes import NUMBER, Plan, plan_of
from tools.formats._tables import Table
from tools.formats._trust import Trust

MOST_SHAPES = 4096


@dataclass
class Place:
    """How far the training is at the line that is being read. `heading`: the epoch that a line above names for those
    below it. `placed`: the names that have had a value at a place."""

    step: float = NAN
    epoch: float = NAN
    heading: float = NAN
    placed: set[str] = field(default_factory=set)

    def headed(self, rows: Rows) -> Rows:
        """The rows under the epoch that a line above them names, where they name none."""
        lacking = np.isnan(rows.epoch) & ~np.isnan(rows.step)
        if self.heading != self.heading or not lacking.any():
            return rows
        return dataclasses.replace(rows, epoch=np.where(lacking, self.heading, rows.epoch))


class ShapeLines:
    """The shapes of a log's lines, as far as they have come."""

    def __init__(self, place: Place, trust: Trust) -> None:
        self.place = place
        self.trust = trust
        self.plans: dict[tuple[str, ...], Plan | None] = {}
        self.kinds = Kinds()
        self.sections = Sections()
        self.table = Table()

    def read(self, text: str) -> Reading | None:
        """The values on a line with named numbers, or in a row of a table."""
        return self._by_shape(text) or self._by_table(text)

    def is_new(self, text: str) -> bool:
        """Whether no line of this shape has come before."""
        return tuple(NUMBER.split(text.lstrip())[::2]) not in self.plans

    def _by_shape(self, text: str) -> Reading | None:
        parts = NUMBER.split(text.lstrip())
        if len(parts) < 3:
            return None
        shape = tuple(parts[::2])
        try:
            plan = self.plans[shape]
        except KeyError:
            plan = self._told_apart(plan_of(list(shape)), shape)
            if len(self.plans) < MOST_SHAPES:
                self.plans[shape] = plan
        reading = None if plan is None else self._read(plan, parts[1::2])
        if reading is not None and reading.values:
            place = reading.epoch if np.isnan(reading.step) else reading.step
            self.trust.took((tuple(reading.values),), np.array([place]))
        return reading

    def _told_apart(self, plan: Plan | None, shape: tuple[str, ...]) -> Plan | None:
        if plan is None or not (kind := kind_in(" ".join(shape[: plan.slots[0].index + 1]))):
            return plan
        named = (
            dataclasses.replace(slot, name=self.kinds.name(slot.name, kind)) if slot.kind == "value" else slot
            for slot in plan.slots
        )
        return dataclasses.replace(plan, slots=tuple(named))

    def _by_table(self, text: str) -> Reading | None:
        row = self.table.read(text)
        if row is None:
            return None
        place = row.epoch if np.isnan(row.step) else row.step
        self.trust.took((tuple(row.values),), np.array([place]))
        return Reading(row.values, row.step, row.epoch)

    def _read(self, plan: Plan, numbers: list[str]) -> Reading | None:
        reading = Reading()
        for slot in plan.slots:
            text = numbers[slot.index]
            value = float(text.replace(",", "") if "," in text else text) * slot.scale
            if slot.kind == "value":
                total = float(numbers[slot.total].replace(",", "")) if slot.total is not None else NAN
                counted = 0 <= value <= total and total and value.is_integer() and total.is_integer()
                reading.values[slot.name] = value / total if counted else value
            elif slot.kind == "step":
                reading.step = value
            else:
                reading.epoch = value
            if slot.total is not None and slot.kind != "value" and value >= float(numbers[slot.total].replace(",", "")):
                reading.done = True
        if plan.heading:
            self.place.heading = reading.epoch
        if plan.placed:
            self._placed_in_section(reading)
            return reading
        reading.values = self.sections.named(reading.values)
        return reading if self._welcome(reading.values) else None

    def _placed_in_section(self, reading: Reading) -> None:
        """An evaluation that is told of in the words of the training, at the place that was told of just before."""
        again = repr((reading.step, reading.epoch)) == repr((self.place.step, self.place.epoch))
        if self.sections.evaluates and reading.values and again and self.place.placed.issuperset(reading.values):
            reading.values = self.sections.named(reading.values)
        elif reading.values:
            self.sections.close()

    def _welcome(self, values: dict[str, float]) -> bool:
        """Whether values without a position are measurements: before the first place of values they may be settings."""
        measured = 2 * sum(map(is_measure, values)) >= len(values)
        if not self.place.placed and self.place.heading != self.place.heading:
            return measured and any(map(is_result, values))
        return measured
