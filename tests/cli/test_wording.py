"""Other people's text cannot take over a terminal, and sizes are readable."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.cli.wording import plural, printable, readable_size


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain title", "plain title"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
        ("clear\x1b[2Jscreen", r"clear\x1b[2Jscreen"),
        ("two\nlines\r", r"two\nlines\r"),
        ("gnp.\u202eexe", r"gnp.\u202eexe"),
        ("\u2066hidden\u2069", r"\u2066hidden\u2069"),
        ("Überfahrt 東京 🎬", "Überfahrt 東京 🎬"),
        ("family 👩\u200d👩\u200d👧", "family 👩\u200d👩\u200d👧"),
        ("bytes \udcff", r"bytes \udcff"),
    ],
)
def test_hidden_characters_are_spelled_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_the_result_is_one_line_of_bounded_length(text: str) -> None:
    shown = printable(text, longest=50)
    assert len(shown) <= 50
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in shown)
    assert len(f"[{shown}]".splitlines()) == 1


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (28_300_000, "28.3 MB"), (10**12, "1 TB")],
)
def test_sizes(size: int, shown: str) -> None:
    assert readable_size(size) == shown


def test_one_is_singular() -> None:
    assert (plural(1, "frame"), plural(2, "frame"), plural(0, "frame")) == ("1 frame", "2 frames", "0 frames")
