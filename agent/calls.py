"""The toolbox called by name, with arguments as a model or a program writes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model

from tools.errors import ToolError
from tools.results import Result

if TYPE_CHECKING:
    from tools.toolbox import Toolbox


def call(toolbox: Toolbox, name: str, arguments: Mapping[str, Any]) -> Result:
    """What a function of the toolbox returns. ToolError also for a name or arguments that it does not have."""
    functions = {one.__name__: one for one in toolbox.functions()}
    function = functions.get(name)
    if function is None:
        near = get_close_matches(name, functions, n=1) or sorted(functions)
        raise ToolError(f"There is no function {name!r}.", f"There is {', '.join(near)}.")
    try:
        given = arguments_of(function).model_validate(dict(arguments))
    except ValidationError as error:
        raise ToolError(f"{name} cannot be called so: {_complaints(error)}.") from None
    return function(**{field: getattr(given, field) for field in type(given).model_fields})


def bug_in(name: str, error: Exception) -> str:
    """What a model is told of a function that failed inside: the type of the error, and no more."""
    return f"{name} failed inside ({type(error).__name__}). This is a bug of the tool; try another way."


def arguments_of(function: Callable[..., Result]) -> type[BaseModel]:
    """The arguments as a schema. It forgives what models get wrong (7 for "7", a name for a list), but no wrong key."""
    return _arguments(getattr(function, "__func__", function))


@cache
def _arguments(function: Callable[..., Result]) -> type[BaseModel]:
    """Kept for each method: every question builds its tools anew, of another toolbox."""
    hints = get_type_hints(function)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "self":
            continue
        kind = hints[name]
        if get_origin(kind) is list and get_args(kind) == (str,):
            kind = Annotated[kind, BeforeValidator(_as_list)]
        fields[name] = (kind, ... if parameter.default is parameter.empty else parameter.default)
    config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
    return create_model(function.__name__, __config__=config, **fields)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str | int) else value


def _complaints(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in found)
