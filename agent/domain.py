"""What a user may say about a project once, as a section of its config file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from tools.context import Context

LONGEST = 300
Words = Annotated[str, StringConstraints(max_length=LONGEST)]


class Domain(BaseModel):
    """`[context]`: what is trained, on what and with what, and what matters, in the user's own words."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    architecture: Words = ""
    dataset: Words = ""
    hardware: Words = ""
    matters: Words = ""
    notes: Words = ""

    def as_context(self) -> Context:
        """The same as the tools take it."""
        return Context(**self.model_dump())
