"""A tool's spec as options of the command line: ``startTime`` is ``--start-time``, and every range is explained."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated

from cyclopts import Parameter

from cutroom.actions.run_tool import FORMATS
from cutroom.kernel.errors import CutroomError
from cutroom.kernel.timespan import parse_time
from cutroom.model.tool import Choice, Number, Spec, describe_range, plain

_UNITS = {"s": "TIME", "px": "PIXELS", "degrees": "DEGREES"}
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def option_of(name: str) -> str:
    """The option for a parameter.

    >>> option_of("startTime")
    '--start-time'
    """
    return "--" + _HUMP.sub("-", name).lower()


def options(spec: Spec) -> Iterator[inspect.Parameter]:
    """The parameters of a tool as those of a function whose signature the parser reads."""
    for parameter in spec.parameters:
        described = Parameter(
            name=option_of(parameter.name),
            help=explained(parameter),
            metavar=metavar(parameter),
            show_default=False,
        )
        yield inspect.Parameter(
            parameter.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if must_be_given(parameter) else None,
            # Choices too are read by the spec: in any case of letters, and refused in the words of every door.
            annotation=Annotated[str if must_be_given(parameter) else str | None, described],
        )


def must_be_given(parameter: Number | Choice) -> bool:
    """Whether a command without it cannot be understood. A format may also be told by the name of the target."""
    return parameter.required and parameter.name not in FORMATS


def metavar(parameter: Number | Choice) -> str:
    """What stands for the value of an option."""
    return "CHOICE" if isinstance(parameter, Choice) else _UNITS.get(parameter.unit, "N")


def usage(spec: Spec) -> str:
    """How a tool is called."""
    needed = [
        f"{option_of(p.name)} {metavar(p)}" if must_be_given(p) else f"[{option_of(p.name)} {metavar(p)}]"
        for p in spec.parameters
        if p.required
    ]
    return " ".join(["Usage: cutroom tool", spec.name, "FILE...", *needed, "[OPTIONS]"])


def explained(parameter: Number | Choice) -> str:
    """What a parameter means, what it may be, and what it is by default."""
    said = [f"{parameter.help[:1].upper()}{parameter.help[1:]}."] if parameter.help else []
    if parameter.required and not must_be_given(parameter):
        said.append("Needed unless the name of the output tells it.")
    if isinstance(parameter, Choice):
        said.append(f"[choices: {', '.join(parameter.values)}]")
    elif range_ := bounds(parameter):
        said += [*(["Seconds, or 1:30."] if parameter.unit == "s" else []), f"[{range_}]"]
    if parameter.default is not None:
        default = parameter.default
        said.append(f"[default: {default if isinstance(default, str) else plain(default)}]")
    return " ".join(said)


def bounds(number: Number) -> str:
    """The range of a number in words; both ends belong to it."""
    if number.among:
        return describe_range(number)
    low, high = number.low, number.high
    if low is not None and high is not None:
        return f"{plain(low)} to {plain(high)}"
    if low is not None:
        return f"{plain(low)} or more"
    return f"at most {plain(high)}" if high is not None else ""


def written(spec: Spec, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What was given, under the names of the spec.

    Times may be written as everywhere on the command line (1:30), words in any case of letters.
    """
    for parameter in spec.parameters:
        text = given.get(parameter.name)
        if text is not None:
            is_time = isinstance(parameter, Number) and parameter.unit == "s" and ":" in text
            if isinstance(parameter, Choice):
                text = text.lower()
            yield parameter.name, _seconds(text) if is_time else text


def _seconds(text: str) -> str:
    """A time as the decimal number that specs are read from, exact to the nanosecond."""
    time = parse_time(text)
    return f"{Decimal(time.numerator) / Decimal(time.denominator):.9f}"


def reworded(spec: Spec, error: CutroomError) -> CutroomError:
    """The same error, speaking of options where the spec's sentences speak of parameters."""
    for parameter in spec.parameters:
        name, option = parameter.name, option_of(parameter.name)
        if name != name.lower():  # "width" is a word, "startTime" is none
            error.message = re.sub(rf"\b{name}\b", option, error.message)
            if error.next_step:
                error.next_step = re.sub(rf"\b{name}\b", option, error.next_step)
        elif error.fields.get("field") == name:  # then the sentence begins with it
            error.message = re.sub(rf"^{name}\b", option, error.message)
    return error
