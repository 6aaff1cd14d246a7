"""Foreign text is shown without what hides or turns, in linear time."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.judgement.cleaning import clean, shorten, spoken


@given(st.text(max_size=300))
def test_what_is_clean_is_visible_composed_and_stays_clean(text: str) -> None:
    once = clean(text)
    assert all(unicodedata.category(letter) not in {"Cc", "Cs"} for letter in once)
    assert not set(once) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff\u200b")
    assert "  " not in once
    assert clean(once) == once


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x1b[31m", "ab[31m"),
        ("one\n two\t\u2028three", "one two three"),
        ("\u202eevil\u202c", "evil"),
        ("cafe\u0301", "caf\u00e9"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        ("x" + "\u0301" * 50, unicodedata.normalize("NFC", "x" + "\u0301" * 8)),
        ("\U000e0041hidden\U000e007f", "hidden"),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_captions_notes_are_not_speech() -> None:
    text = "[Music] hello (LAUGHTER) there ♪ la la ♪"
    assert spoken(text).split() == ["hello", "there"]
    assert len(spoken(text)) == len(text)


@given(st.text(max_size=100), st.integers(min_value=1, max_value=50))
def test_shortening_keeps_the_beginning_and_the_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= max(limit, 0)
    assert text.startswith(shorten(text, limit))
