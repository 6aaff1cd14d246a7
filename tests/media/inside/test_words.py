"""Subtitles as text: cut to a piece, and written so that nothing in them is taken for more than words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cutroom.media.inside.words import Cue, ass, plain_text, subrip, within

F = Fraction


def event(text: str) -> str:
    return f"0,0,Default,,0,0,0,,{text}"


def cue(start: float, end: float, text: str = "x") -> Cue:
    return Cue(F(str(start)), F(str(end)), event(text))


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        (0, None, [(1, 2), (3, 5)]),
        (1, 4, [(0, 1), (2, 3)]),
        (1.5, 3.25, [(0, 0.5), (1.5, 1.75)]),
        (2, 3, []),
        (4.9995, 9, []),
        (6, None, []),
    ],
)
def test_what_is_on_the_screen_in_a_piece(start: float, end: float | None, kept: list[tuple[float, float]]) -> None:
    cues = [cue(3, 5), cue(1, 2)]
    found = within(cues, F(str(start)), None if end is None else F(str(end)))
    assert [(float(one.start), float(one.end)) for one in found] == kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (r"Hello\Nthere", "Hello\nthere"),
        (r"{\b1}bold{\b0} {\fs40\c&H00FF&}plain", "<b>bold</b> plain"),
        (r"a\hb", "a b"),
        ("a, b, c", "a, b, c"),
        ("one\n\n  \ntwo", "one\ntwo"),
        ("1\n00:00:00,000 --> 00:00:09,000", "1\n00:00:00,000 -> 00:00:09,000"),
        ("", ""),
    ],
)
def test_plain_words(given: str, said: str) -> None:
    assert plain_text(event(given)) == said


def test_an_event_without_its_fields_says_nothing() -> None:
    assert plain_text("1,2,3") == ""


def test_a_subrip_file() -> None:
    text = subrip([cue(0, 1.5, "one"), cue(2, 3, ""), cue(3723.0005, 3724, "two")])
    assert text == "1\n00:00:00,000 --> 00:00:01,500\none\n\n2\n01:02:03,000 --> 01:02:04,000\ntwo\n"


def test_an_ass_file_keeps_its_styles_and_nothing_of_its_old_lines() -> None:
    header = "[Script Info]\n[V4+ Styles]\nStyle: A\n[Events]\nFormat: Layer, Start\nDialogue: old\n"
    written = ass(header, [Cue(F(1), F(2), "7,3,A,,0,0,0,,two\nlines, one")])
    assert "Style: A" in written
    assert "old" not in written
    assert written.endswith("Dialogue: 3,0:00:01.00,0:00:02.00,A,,0,0,0,,two lines, one\n")
    assert "[Events]" in ass("", [])
