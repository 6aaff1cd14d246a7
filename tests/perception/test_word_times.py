"""Words without times of their own: shared out over the voice, in order, within the film."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cutroom.model.percepts import Timing, Word
from cutroom.perception.captions import Cue
from cutroom.perception.word_times import in_order, interpolated

times = st.floats(0, 100, allow_nan=False)
words = st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=12)


def test_words_stand_where_somebody_speaks() -> None:
    found = interpolated(Cue(0.0, 10.0, "one two"), [(2.0, 3.0), (6.0, 7.0)])
    assert [(word.start, word.end) for word in found] == [(2.0, 3.0), (3.0, 7.0)]
    assert {word.timing for word in found} == {Timing.INTERPOLATED}


def test_a_cue_without_enough_voice_is_filled() -> None:
    found = interpolated(Cue(1.0, 3.0, "abc abc"), [(1.0, 1.05)])
    assert [(word.start, word.end) for word in found] == [(1.0, 2.0), (2.0, 3.0)]


def test_the_times_of_the_file_are_its_own() -> None:
    found = interpolated(Cue(1.0, 3.0, "a b", (1.0, 2.5)), None)
    assert [(word.start, word.end, word.timing) for word in found] == [
        (1.0, 2.2, Timing.NATIVE),
        (2.5, 3.0, Timing.NATIVE),
    ]


@given(words, st.lists(st.tuples(times, times), max_size=8), times, st.floats(0.1, 20))
def test_every_word_has_a_time_within_its_cue(
    tokens: list[str], spans: list[tuple[float, float]], start: float, length: float
) -> None:
    voice = sorted((min(span), max(span)) for span in spans)
    found = interpolated(Cue(start, start + length, " ".join(tokens)), voice)
    assert [word.text for word in found] == tokens
    assert all(start - 1e-6 <= word.start <= word.end <= start + length + 1e-6 for word in found)


@given(st.lists(st.tuples(times, times), max_size=30), st.floats(0, 120))
def test_words_in_order_never_overlap_nor_leave_the_film(spans: list[tuple[float, float]], duration: float) -> None:
    found = in_order((Word(start, end, "x", Timing.NATIVE) for start, end in spans), duration)
    assert all(0 <= word.start < word.end <= duration + 5e-4 for word in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
