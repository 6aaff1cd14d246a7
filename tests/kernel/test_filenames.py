"""Any title becomes a name that every file system takes."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.filenames import MAX_BYTES, safe_stem

# Hypothesis prefers tidy text; titles that hurt are made of these.
NASTY = st.lists(
    st.sampled_from(
        ["..", "/", "\\", "-", " ", "\0", "\n", "\u202e", "\u200d", "%2f", "CON", "é", "e\u0301", "日本", "🎬", "."]
    )
).map("".join)


@given(st.one_of(st.text(), NASTY), st.integers(8, 200))
def test_the_name_is_bounded_printable_and_stays_in_its_folder(title: str, max_bytes: int) -> None:
    stem = safe_stem(title, max_bytes=max_bytes)
    assert 0 < len(stem.encode()) <= max_bytes
    assert not set(stem) & set("<>:\"/\\|?*#%&{}$!'`@+=\0\n\r\t")
    assert stem[0] not in " .-_"
    assert stem[-1] not in " .-_"
    assert not {unicodedata.category(character) for character in stem} & {"Cc", "Cf", "Cs"}
    assert Path("folder", stem + ".mp4").parent == Path("folder")


@given(st.one_of(st.text(), NASTY))
def test_a_safe_name_stays_as_it_is(title: str) -> None:
    stem = safe_stem(title)
    assert safe_stem(stem) == stem


@given(NASTY)
def test_the_name_can_be_written(tmp_path_factory: pytest.TempPathFactory, title: str) -> None:
    path = tmp_path_factory.getbasetemp() / (safe_stem(title) + ".part")
    path.write_bytes(b"")
    path.unlink()


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("My film: the end?", "My film the end"),
        ("../../etc/passwd", "etc passwd"),
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ("abc\u202egpj.exe", "abc gpj.exe"),
        ("Ünïcödé 日本語", "Ünïcödé 日本語"),
        ("e\u0301", "é"),
        ("tabs\tand\nlines", "tabs and lines"),
        ("", "clip"),
        ("...", "clip"),
        ("nul", "clip"),
        ("COM1.mp4", "clip"),
        ("LPT²", "clip"),
        ("console", "console"),
        ("ends in dots...", "ends in dots"),
    ],
)
def test_examples(title: str, stem: str) -> None:
    assert safe_stem(title) == stem


def test_a_long_title_is_cut_between_characters() -> None:
    stem = safe_stem("é" * 500)
    assert stem == "é" * (MAX_BYTES // 2)
    assert safe_stem("🎬" * 500, max_bytes=10) == "🎬🎬"
