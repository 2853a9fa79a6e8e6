"""Groups of options: a command takes one value for them, which a function makes of what was said."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

Command = Callable[..., None]


def grouped(**groups: Callable[..., Any]) -> Callable[[Command], Command]:
    """A command that has the options of these functions, each in the place of the parameter that is named like it.

    The parameter gets what the function returns.
    """
    options = {name: inspect.signature(group, eval_str=True).parameters for name, group in groups.items()}

    def with_options(function: Command) -> Command:
        parameters: list[inspect.Parameter] = []
        for parameter in inspect.signature(function, eval_str=True).parameters.values():
            parameters += options[parameter.name].values() if parameter.name in options else [parameter]

        @wraps(function)
        def run(*arguments: Any, **given: Any) -> None:
            said = {name: {option: given.pop(option) for option in group} for name, group in options.items()}
            function(*arguments, **given, **{name: groups[name](**values) for name, values in said.items()})

        by_name = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
        run.__signature__ = inspect.Signature(by_name)  # type: ignore[attr-defined]  # what Typer reads, as it does
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in by_name}  # these
        return run

    return with_options
