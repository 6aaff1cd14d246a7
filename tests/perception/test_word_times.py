"""Words without times of their own: shared out over the voice, in order, within the film."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cutroom.model.percepts import Timing, Word
from cutroom.perception.captions import Cue
from cutroom.perception.word_times import beside, in_order, interpolated

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


def test_a_cue_that_fits_nothing_leaves_alone_what_was_found() -> None:
    taken = [(0.0, 4.0), (4.2, 8.0), (9.5, 12.0)]
    own, gap, none = beside([Cue(7.5, 9.0, "a b c"), Cue(9.8, 11.0, "d e f"), Cue(40.0, 41.0, "g")], taken, 50.0)
    assert (own.start, own.end) == (8.0, 9.0)
    assert 8.0 <= gap.start < gap.end <= 9.5 or 12.0 <= gap.start < gap.end
    assert (none.start, none.end) == (40.0, 41.0)


def test_cues_without_room_of_their_own_share_what_is_free() -> None:
    found = beside([Cue(1.0, 2.0, "one two three four"), Cue(2.0, 3.0, "five six seven eight")], [(0.0, 4.0)], 4.4)
    first, second = found
    assert (first.start, second.end) == (4.0, 4.4)
    assert 4.15 < first.end == second.start < 4.25


spans = st.lists(st.tuples(times, st.floats(0.05, 5)), max_size=12)


@given(spans, spans)
def test_estimated_times_never_stand_over_those_that_were_found(
    cues: list[tuple[float, float]], taken: list[tuple[float, float]]
) -> None:
    aligned = [(start, start + length) for start, length in taken]
    given_ = [Cue(start, start + length, "some words here") for start, length in sorted(cues)]
    found = beside(given_, aligned, 110.0)
    assert [cue.text for cue in found] == [cue.text for cue in given_]
    for cue, before in zip(found, given_, strict=True):
        over = max((min(cue.end, end) - max(cue.start, start) for start, end in aligned), default=0.0)
        assert cue.start <= cue.end
        assert over <= 1e-6 or cue == before  # where nothing is free within reach, its own time stays
