"""E-mail addresses as identities: one spelling each, whatever case they are typed in."""

from __future__ import annotations

import re
import unicodedata

from cutroom.kernel.errors import CutroomError, ErrorCode

_LONGEST = 254  # RFC 5321: a path of 256 octets, with its angle brackets
_LONGEST_LOCAL = 64
# Quoted local parts are legal and used by nobody but attackers of header parsers.
_LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\"]+")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")


def fold_email(email: str) -> str:
    """The one spelling under which an address is known: no surrounding blanks, compatible characters alike, lower case.

    >>> fold_email(" Ada@Example.COM ")
    'ada@example.com'
    """
    text = email.strip()
    # Each of the two can undo the other's work; a third round never changes anything for real text.
    for _ in range(4):
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
        if folded == text:
            break
        text = folded
    return text


def checked_email(email: str) -> str:
    """The folded address, or ``CutroomError(INVALID_REQUEST)`` when it is none that mail could go to."""
    folded = fold_email(email)
    if not is_email(folded):
        raise CutroomError(ErrorCode.INVALID_REQUEST, "email is not a valid e-mail address.", field="email")
    return folded


def is_email(folded: str) -> bool:
    """Whether mail can go there: one ``@``, a local part without blanks or brackets, a domain of two labels or more."""
    local, at, domain = folded.rpartition("@")
    if not at or len(local) > _LONGEST_LOCAL or len(folded.encode("utf-8", "replace")) > _LONGEST:
        return False
    if any(unicodedata.category(character)[0] in "CZ" for character in folded):
        return False
    if not _LOCAL.fullmatch(local) or local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    labels = domain.split(".")
    return len(labels) >= 2 and all(_LABEL.fullmatch(label) for label in labels)
