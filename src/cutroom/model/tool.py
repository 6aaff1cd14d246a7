"""What a media tool wants to know, how its parameters are read, and what it answers. Pure data: doors may see it.

A door takes a tool's ``Spec``, reads what was sent with ``parse`` and stores it with ``encode_values``; help texts and
forms are made from the same spec. Times and factors are exact fractions, sizes and counts whole numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import assert_never

from cutroom.kernel.errors import CutroomError, ErrorCode

# A number as people and programs write it: no names (nan, inf), no digits of other scripts, no huge exponents.
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,2})?", re.ASCII)


class Needs(StrEnum):
    """What a file must have for a tool to work on it."""

    PICTURE = "picture"
    """A moving picture."""
    SOUND = "sound"
    IMAGE = "image"
    """A still (or animated) image file."""
    ANY = "any"
    """A moving picture or sound."""


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter that is a number between ``low`` and ``high``, both included; None is no bound.

    ``unit`` is a word for people (``s``, ``px``), ``help`` one sentence fragment without a full stop. ``among`` are the
    only values where they are few; empty where every one in the range may be.
    """

    name: str
    low: Fraction | None
    high: Fraction | None
    default: Fraction | None = None
    required: bool = False
    whole: bool = False
    unit: str = ""
    help: str = ""
    among: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that is one of ``values``, in lower case on the wire."""

    name: str
    values: tuple[str, ...]
    default: str | None = None
    required: bool = False
    help: str = ""


Parameter = Number | Choice
Value = Fraction | int | str
Values = Mapping[str, Value]
"""By the parameter's name: what was given or has a default, and nothing else. Whole numbers are ``int``."""
Rule = Callable[[Values], str | None]
"""What must hold between parameters: a sentence for the user where it does not."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One tool as the outside sees it. ``name`` is that of the wire (``extract-audio``)."""

    name: str
    summary: str
    """One sentence."""
    needs: Needs
    parameters: tuple[Parameter, ...]
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool made, all of it measured on the produced file."""

    extension: str
    """Without a dot."""
    media_type: str
    size: int
    """bytes"""
    duration: Fraction | None
    """Exact seconds; None for still images."""
    width: int | None
    """As shown, as is ``height``; None for sound."""
    height: int | None
    frames: int | None
    """Pictures shown; None for sound."""
    video_codec: str | None
    """Of the picture, also a still one (``h264``, ``png``); None for sound."""
    audio_codecs: tuple[str, ...]
    copied: bool
    """Nothing was encoded: all streams are those of the source."""
    warnings: tuple[str, ...]
    """What was left out or degraded, one sentence each."""
    path: Path


def parse(spec: Spec, given: Iterable[tuple[str, str]]) -> Values:
    """The values of ``spec``'s parameters from names and texts as they were sent; defaults where nothing was.

    ``10``, ``10.0`` and ``10.5`` are numbers; whole ones must be whole. Names that the tool does not know are ignored.
    Raises ``CutroomError(INVALID_REQUEST, field=name)`` for what is missing, repeated, of the wrong type, out of range
    or against the rules between parameters.
    """
    texts = _texts(spec, given)
    values: dict[str, Value] = {}
    for parameter in spec.parameters:
        text = texts.get(parameter.name)
        value = _default(parameter) if text is None else read(parameter, text)
        if value is not None:
            values[parameter.name] = value
    for rule in spec.rules:
        if sentence := rule(values):
            raise _invalid(sentence, _field_of(spec, sentence))
    return values


def read(parameter: Parameter, text: str) -> Value:
    """One value from its text. Raises ``CutroomError(INVALID_REQUEST, field=name)``."""
    match parameter:
        case Number():
            return _number(parameter, text.strip())
        case Choice():
            if text.strip() not in parameter.values:
                raise _invalid(f"{parameter.name} must be {_one_of(parameter.values)}.", parameter.name)
            return text.strip()
    assert_never(parameter)


def encode_values(values: Values) -> dict[str, str | int]:
    """``values`` as JSON holds them, exactly: fractions as ``n/d`` texts."""
    return {name: str(value) if isinstance(value, Fraction) else value for name, value in values.items()}


def decode_values(spec: Spec, stored: Mapping[str, object]) -> Values:
    """The inverse of ``encode_values``. ``ValueError`` for what it did not write."""
    values: dict[str, Value] = {}
    for parameter in spec.parameters:
        match parameter, stored.get(parameter.name):
            case _, None:
                continue
            case Number(whole=True), int() as number:
                values[parameter.name] = number
            case Number(whole=False), str() | int() as text:
                values[parameter.name] = Fraction(text)
            case Choice(values=allowed), str() as word if word in allowed:
                values[parameter.name] = word
            case _, other:
                msg = f"not a stored value of {parameter.name}: {other!r}"
                raise ValueError(msg)
    return values


def describe_range(parameter: Number) -> str:
    """The range in words: ``a whole number from 16 to 7680``, ``90, 180 or 270``."""
    if parameter.among:
        *most, last = map(str, parameter.among)
        return f"{', '.join(most)} or {last}"
    kind = "a whole number" if parameter.whole else "a number"
    match parameter.low, parameter.high:
        case None, None:
            return kind
        case Fraction() as low, None:
            return f"{kind} of at least {plain(low)}"
        case None, Fraction() as high:
            return f"{kind} of at most {plain(high)}"
        case low, high:
            return f"{kind} from {plain(low or Fraction(0))} to {plain(high or Fraction(0))}"


def plain(value: Fraction) -> str:
    """A fraction as a decimal number of at most six places: ``10``, ``0.25``."""
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def _texts(spec: Spec, given: Iterable[tuple[str, str]]) -> dict[str, str]:
    known = {parameter.name for parameter in spec.parameters}
    texts: dict[str, str] = {}
    for name, text in given:
        if name not in known:
            continue
        if name in texts:
            raise _invalid(f"{name} was given more than once.", name)
        texts[name] = text
    return texts


def _default(parameter: Parameter) -> Value | None:
    if parameter.required:
        if isinstance(parameter, Choice):
            raise _invalid(f"{parameter.name} is missing; it must be {_one_of(parameter.values)}.", parameter.name)
        raise _invalid(f"{parameter.name} is missing; it must be {describe_range(parameter)}.", parameter.name)
    default = parameter.default
    return int(default) if isinstance(parameter, Number) and parameter.whole and default is not None else default


def _number(parameter: Number, text: str) -> Fraction | int:
    wrong = _invalid(f"{parameter.name} must be {describe_range(parameter)}.", parameter.name)
    if not _NUMBER.fullmatch(text):
        raise wrong
    value = Fraction(Decimal(text))
    if parameter.low is not None and value < parameter.low:
        raise wrong
    if parameter.high is not None and value > parameter.high:
        raise wrong
    if parameter.among and value not in parameter.among:
        raise wrong
    if not parameter.whole:
        return value
    if value.denominator != 1:
        raise wrong
    return int(value)


def _one_of(values: tuple[str, ...]) -> str:
    return f"one of {', '.join(values)}"


def _field_of(spec: Spec, sentence: str) -> str | None:
    """The parameter that a rule's sentence names first."""
    places = {p.name: sentence.find(p.name) for p in spec.parameters if p.name in sentence}
    return min(places, key=places.__getitem__) if places else None


def _invalid(sentence: str, field: str | None) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_REQUEST, sentence, field=field)
