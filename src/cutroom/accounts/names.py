"""Names that people give to themselves and their keys."""

from __future__ import annotations

import unicodedata

from cutroom.kernel.errors import CutroomError, ErrorCode

LONGEST = 200


def checked_name(name: str, field: str = "name") -> str:
    """Without surrounding blanks, possibly empty; ``CutroomError(INVALID_REQUEST)`` when too long or not printable."""
    text = unicodedata.normalize("NFC", name.strip())
    if len(text) > LONGEST:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST, f"{field} must have at most {LONGEST} characters.", field=field, most=LONGEST
        )
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise CutroomError(ErrorCode.INVALID_REQUEST, f"{field} must not contain control characters.", field=field)
    return text
