"""Reading the environment, and saying what is wrong with it."""

from __future__ import annotations

import os

from pydantic import ValidationError
from pydantic_settings.exceptions import SettingsError

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.settings.all import Settings

PREFIX = "CUTROOM_"
_LEVELS = "__"


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
    reason = first["msg"][0].lower() + first["msg"][1:]
    return f"The setting {name} is wrong: {reason}."


def variable(*path: str) -> str:
    """The environment variable of a field.

    >>> variable("media", "threads")
    'CUTROOM_MEDIA__THREADS'
    """
    return PREFIX + _LEVELS.join(path).upper()
