from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.perception.adapters.rapid_ocr import Reader
from cutroom.perception.screen_text import (
    MOST_LETTERS,
    Standing,
    TextSense,
    alike,
    believable,
    found_lines,
    merge,
    plain,
)
from tests.support.seen import Picture, Writing, moved, show, write

FPS = 8
SCRIPT = (
    (0.5, 3.0, Writing("They never saw it coming", (330, 610), 28, "DejaVuSans-Bold.ttf", outline=3)),
    (1.0, 4.5, Writing("Dr. Maria Lopez", (80, 520), 24, "DejaVuSans.ttf", (20, 20, 30), box=(255, 255, 255, 235))),
    (3.4, 6.0, Writing("Nothing would be the same", (330, 610), 28, "DejaVuSans-Bold.ttf", outline=3)),
    (4.5, 6.0, Writing("CHAPTER 3", (420, 300), 60, "DejaVuSerif-Bold.ttf", (255, 230, 80), outline=4)),
)


def film(seconds: float = 6.6, cut: float = 4.5) -> Iterator[Picture]:
    for number in range(round(seconds * FPS)):
        t = number / FPS
        picture = moved(12 if t < cut else 0, t)
        for start, end, writing in SCRIPT:
            if start <= t < end:
                picture = write(picture, writing)
        yield picture


@pytest.mark.slow
def test_texts_are_read_with_their_times_places_and_sizes() -> None:
    sense = TextSense(Path(), 1280, 720)
    show(sense, film(), FPS, cuts=(round(4.5 * FPS),))
    assert sense.texts is not None
    assert len(sense.texts) == len(SCRIPT)
    assert [text.start for text in sense.texts] == sorted(text.start for text in sense.texts)
    for start, end, writing in SCRIPT:
        text = min(sense.texts, key=lambda text: jiwer.cer(writing.text, text.text))
        assert jiwer.cer(writing.text, text.text) <= 0.05
        assert (text.start, text.end) == pytest.approx((start, end), abs=0.25)
        assert text.height * 720 == pytest.approx(writing.letters, rel=0.3)
        assert text.box.x * 1280 == pytest.approx(writing.at[0], abs=30)
        assert text.confidence > 0.8


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (7, 400), (4000, 16), (0, 0)])
def test_pictures_too_small_for_letters_are_not_looked_at_and_it_is_said(width: int, height: int) -> None:
    sense = TextSense(Path(), width, height)
    assert sense.wants(0.0, 0, np.zeros((2, 2), np.uint8), False) is None
    sense.cut(1.0)
    sense.finish(2.0)
    assert sense.texts is None
    (missing,) = sense.missing
    assert "too small" in missing.reason
    assert not missing.degraded


@pytest.mark.slow
def test_a_text_that_comes_right_after_the_probe_has_its_own_times() -> None:
    early = Writing("They never saw it coming", (330, 300), 32, outline=3)
    late = Writing("Dr. Maria Lopez", (330, 380), 32, outline=3)
    script = ((0.5, 3.5, early), (1.125, 2.5, late))
    pictures = []
    for number in range(4 * FPS):
        picture = moved(12, 0)
        for start, end, writing in script:
            if start <= number / FPS < end:
                picture = write(picture, writing)
        pictures.append(picture)
    sense = TextSense(Path(), 1280, 720)
    show(sense, pictures, FPS)
    times = {text.text.casefold(): (text.start, text.end) for text in sense.texts or ()}
    assert times == {writing.text.casefold(): pytest.approx((start, end), abs=0.25) for start, end, writing in script}


@pytest.mark.slow
def test_a_line_that_goes_on_beyond_the_rows_looked_at_is_read_whole() -> None:
    picture = write(moved(12, 0), Writing("CHAPTER 3", (420, 300), 60, outline=4))
    reader = Reader()
    quads, top, bottom = found_lines(reader, picture, 330, 720)
    assert (top < 292, bottom) == (True, 720)
    lines = reader.read(np.ascontiguousarray(picture[top:bottom]), quads)
    assert "CHAPTER 3" in [line.text for line in lines]
    assert found_lines(reader, picture, 200, 500)[1:] == (200, 500)


@pytest.mark.slow
def test_pictures_without_text_give_none_and_cost_little() -> None:
    sense, reads = TextSense(Path(), 1280, 720), 0
    for scene in (1, 4, 13):
        for step in range(16):
            picture = moved(scene, step / FPS)
            t = scene * 10 + step / FPS
            width = sense.wants(t, step, np.zeros((54, 96), np.uint8), step == 0)
            if width is not None:
                reads += width == 1280
                sense.look(t, step, picture[::2, ::2] if width == 640 else picture)
    sense.finish(132.0)
    assert sense.texts == ()
    assert reads <= 9


@given(st.text(max_size=80))
def test_whatever_is_written_leaves_as_one_plain_line(text: str) -> None:
    line = plain(text)
    assert plain(line) == line
    assert len(line) <= MOST_LETTERS
    assert not any(unicodedata.category(letter)[0] == "C" for letter in line)
    assert line == " ".join(line.split())


def test_marks_that_turn_text_round_or_hide_it_are_taken_out() -> None:
    assert plain("ab\u202ecd\u2066e\u200bf\x00\x1b[31m\r\ng\ufeff\U000e0041") == "abcdef [31m g"
    assert len(plain("x" * 100_000)) == MOST_LETTERS


def test_strokes_read_as_single_signs_are_not_believed() -> None:
    assert not believable("一", 0.99)
    assert not believable("--", 0.99)
    assert not believable("ab", 0.8)
    assert believable("7", 0.95)
    assert believable("Welcome", 0.7)


def standing(text: str, start: float, end: float, x: float = 0.1, score: float = 0.95) -> Standing:
    one = Standing(text, score, (x, 0.8, x + 0.3, 0.85), 0.03, (start, start), end, probes=3)
    one.start, one.end = start, end
    return one


def test_a_text_shown_again_at_its_place_within_a_moment_is_one() -> None:
    (one,) = merge([standing("Hello world", 0, 2), standing("Hello worId", 3, 5, score=0.9)])
    assert (one.text, one.start, one.end) == ("Hello world", 0, 5)
    assert len(merge([standing("Hello world", 0, 2), standing("Hello world", 6, 8)])) == 2
    assert len(merge([standing("Hello world", 0, 2), standing("Hello world", 1, 2, x=0.6)])) == 2


def test_a_text_that_is_typed_becomes_the_whole() -> None:
    (one,) = merge([standing("Hello", 0, 1), standing("Hello wor", 1, 2), standing("Hello world", 2, 3)])
    assert (one.text, one.start, one.end) == ("Hello world", 0, 3)


@settings(max_examples=50)
@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_is_mutual(one: str, other: str) -> None:
    assert alike(one, one)
    assert alike(one, other) == alike(other, one)
