"""Reading the environment, and saying what is wrong with it."""

from __future__ import annotations

import os
from typing import Any

from pydantic import ValidationError
from pydantic_settings.exceptions import SettingsError

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.settings.all import Settings

PREFIX = "CUTROOM_"
_LEVELS = "__"
# By the parser's name for each kind of complaint. The lengths are those of texts: lists have none.
_REASONS = {
    "too_short": "it must have at least {min_length} characters",
    "string_too_short": "it must have at least {min_length} characters",
    "too_long": "it may have at most {max_length} characters",
    "string_too_long": "it may have at most {max_length} characters",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "int_parsing_size": "it must be a smaller number",
    "float_parsing": "it must be a number",
    "finite_number": "it must be a number",
    "bool_parsing": "it must be on or off",
    "greater_than": "it must be more than {gt}",
    "greater_than_equal": "it must be at least {ge}",
    "less_than": "it must be less than {lt}",
    "less_than_equal": "it may be at most {le}",
    "literal_error": "it must be {expected}",
    "enum": "it must be {expected}",
    "value_error": "{error}",
    "model_type": "it is a group of settings and has no value of its own",
    "model_attributes_type": "it is a group of settings and has no value of its own",
}


def load_settings() -> Settings:
    """The settings of this process's environment. Raises ``CutroomError(INVALID_REQUEST)`` naming the bad variable."""
    _refuse_unknown_groups()
    try:
        return Settings()
    except (ValidationError, SettingsError) as error:
        # Not the values: a secret may be among them.
        detail = str(error.errors(include_input=False)) if isinstance(error, ValidationError) else str(error)
        raise CutroomError(
            ErrorCode.INVALID_REQUEST, _complaint(error), next_step="Correct or unset it.", detail=detail
        ) from None


def _refuse_unknown_groups() -> None:
    """A mistyped group would be ignored, and with it perhaps a rule about safety."""
    for name in os.environ:
        group, levels, _ = name.upper().removeprefix(PREFIX).partition(_LEVELS)
        if levels and name.upper().startswith(PREFIX) and group.lower() not in Settings.model_fields:
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                f"There is no setting {ascii(name)[1:-1][:80]}.",
                next_step="Correct or unset it.",
            )


def _complaint(error: ValidationError | SettingsError) -> str:
    if isinstance(error, SettingsError):
        return "A setting in the environment cannot be read."
    first = error.errors(include_url=False, include_input=False)[0]
    name = variable(*(part for part in first["loc"][:3] if isinstance(part, str)))
    if first["type"] == "extra_forbidden":
        return f"There is no setting {name}."
    return f"The setting {name} is wrong: {_reason(first['type'], first.get('ctx', {}), first['msg'])}."


def _reason(kind: str, facts: dict[str, Any], told: str) -> str:
    """What a value must be; the parser's own words where it complains of something rare."""
    words = _REASONS.get(kind)
    return words.format_map(facts) if words else told[:1].lower() + told[1:]


def variable(*path: str) -> str:
    """The environment variable of a field.

    >>> variable("media", "threads")
    'CUTROOM_MEDIA__THREADS'
    """
    return PREFIX + _LEVELS.join(path).upper()
