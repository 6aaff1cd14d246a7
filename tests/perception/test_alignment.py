"""Forced alignment against speech of which every word's time is known."""

from __future__ import annotations

import numpy as np
import pytest

from cutroom.perception.alignment import Aligner, Stretch
from cutroom.perception.captions import parse
from cutroom.perception.cue_timing import Film, align_cues
from cutroom.perception.voice import voice_spans
from tests.support.known_speech import INSTALLED, MISSING, RATE, SENTENCES, Pcm, Said, as_srt, say, under_music

pytestmark = pytest.mark.skipif(not INSTALLED, reason=MISSING)
GERMAN = (
    "Guten Morgen meine Damen und Herren, heute sprechen wir vom Wetter.",
    "Der schnelle braune Fuchs springt.",
    "Ich habe drei Jahre lang gelernt, wie man Brot backt, und das meiste war falsch.",
    "Wir gehen am Fluss entlang und reden.",
)


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    found = Aligner.load()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def short() -> tuple[Pcm, tuple[Said, ...]]:
    return say(SENTENCES[:2])


def errors(aligner: Aligner, pcm: Pcm, said: tuple[Said, ...], *, by: float = 0.0) -> tuple[list[float], list[str]]:
    """By how many ms the words begin too late, cue by cue where all words were found; what was told."""
    timed = align_cues(aligner, parse(as_srt(said, by=by)).cues, Film(pcm, voice_spans(pcm)))
    off = [
        1000 * (word.start - start)
        for words, one in zip(timed.words, said, strict=True)
        for word, (_, start, _) in zip(words, one.words, strict=True)
    ]
    return off, [missing.reason for missing in timed.missing]


def test_words_numbers_and_money_are_found(aligner: Aligner, short: tuple[Pcm, tuple[Said, ...]]) -> None:
    off, told = errors(aligner, *short)
    assert np.median(np.abs(off)) <= 15
    assert np.max(np.abs(off)) <= 120
    assert told == []


def test_every_token_has_its_place_and_signs_have_none(aligner: Aligner, short: tuple[Pcm, tuple[Said, ...]]) -> None:
    pcm, said = short
    tokens = ("--", *said[0].text.split(), "\u041f\u0440\u0438\u0432\u0435\u0442")
    cut = Stretch(pcm[: round((said[0].end + 0.3) * RATE)], 0.0, tokens)
    (places,) = aligner.align([cut])
    assert places is not None
    assert places[0] is None
    assert places[-1] is None
    known = places[1:-1]
    assert None not in known
    assert [place.start for place in known if place] == sorted(place.start for place in known if place)


@pytest.mark.slow
def test_what_was_not_said_fits_worse(aligner: Aligner, short: tuple[Pcm, tuple[Said, ...]]) -> None:
    pcm, said = short
    sound = pcm[: round((said[0].end + 0.3) * RATE)]
    texts = (said[0].text, said[1].text, GERMAN[1])
    fits = []
    for places in aligner.align([Stretch(sound, 0.0, tuple(text.split())) for text in texts]):
        assert places is not None
        fits.append(np.mean([place.fit for place in places if place]))
    assert fits[0] > -1.5
    assert max(fits[1:]) < -2.0


@pytest.mark.parametrize("samples", [0, 100, 500, 8000])
def test_too_little_sound_is_no_place(aligner: Aligner, samples: int) -> None:
    words = tuple(["antidisestablishmentarianism"] * 40)
    assert list(aligner.align([Stretch(np.zeros(samples, np.int16), 0.0, words)])) == [None]


@pytest.mark.slow
def test_the_same_sound_gives_the_same_times(aligner: Aligner, short: tuple[Pcm, tuple[Said, ...]]) -> None:
    assert errors(aligner, *short) == errors(aligner, *short)


def test_silence_and_noise_do_not_break_it(aligner: Aligner) -> None:
    noise = np.random.default_rng(0).integers(-3000, 3000, RATE).astype(np.int16)
    for sound in (np.zeros(RATE, np.int16), noise):
        (places,) = aligner.align([Stretch(sound, 2.0, ("hello", "world"))])
        assert places is not None
        assert all(place is not None and 2.0 <= place.start < place.end <= 3.1 for place in places)


@pytest.mark.slow
def test_known_text_is_found_to_a_few_milliseconds(aligner: Aligner) -> None:
    pcm, said = say()
    off, told = errors(aligner, pcm, said)
    assert np.median(np.abs(off)) <= 15
    assert np.percentile(np.abs(off), 95) <= 50
    assert told == []
    off, told = errors(aligner, under_music(pcm, 10), said)
    assert np.median(np.abs(off)) <= 20
    assert np.percentile(np.abs(off), 95) <= 110
    assert told == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("by", "words"), [pytest.param(1.9, "behind", marks=pytest.mark.exhaustive), (8.0, "behind"), (-1.0, "ahead")]
)
def test_subtitles_that_are_off_by_a_constant_are_put_right(aligner: Aligner, by: float, words: str) -> None:
    pcm, said = say(SENTENCES[:5])
    said = tuple(one for one in said if one.start + by > 0)
    off, told = errors(aligner, pcm, said, by=by)
    assert np.median(np.abs(off)) <= 20
    assert words in told[0]


@pytest.mark.slow
def test_another_language_is_not_aligned(aligner: Aligner) -> None:
    pcm, said = say()
    source = as_srt(said, texts=GERMAN * 2)
    timed = align_cues(aligner, parse(source).cues, Film(pcm, voice_spans(pcm)))
    assert {word.timing.value for words in timed.words for word in words} == {"interpolated"}
    assert "do not agree" in timed.missing[0].reason


@pytest.mark.slow
def test_one_wrong_cue_is_flagged_and_the_others_stand(aligner: Aligner) -> None:
    pcm, said = say(SENTENCES[:4])
    texts = [*SENTENCES[:2], "Completely unrelated words about quantum chromodynamics in Oslo.", SENTENCES[3]]
    timed = align_cues(aligner, parse(as_srt(said, texts=texts)).cues, Film(pcm, voice_spans(pcm)))
    assert [words[0].timing.value for words in timed.words] == ["aligned", "aligned", "interpolated", "aligned"]
    assert [missing.degraded for missing in timed.missing] == [True]
    assert "1 cue does not fit" in timed.missing[0].reason


@pytest.mark.slow
@pytest.mark.parametrize("late", [0.3, 1.0])
def test_a_false_cue_over_others_takes_none_of_their_time(aligner: Aligner, late: float) -> None:
    pcm, said = say(SENTENCES[:4])
    false = Said(
        "Completely unrelated words about quantum chromodynamics.", (("x", said[1].start + late, said[1].end),)
    )
    timed = align_cues(aligner, parse(as_srt([*said[:2], false, *said[2:]])).cues, Film(pcm, voice_spans(pcm)))
    estimated, found = timed.words[2], [word for words in (*timed.words[:2], *timed.words[3:]) for word in words]
    assert {word.timing.value for word in estimated} == {"interpolated"}
    true = [start for one in said for _, start, _ in one.words]
    assert np.max(np.abs(np.array([word.start for word in found]) - true)) <= 0.15
    first, last = estimated[0].start, estimated[-1].end
    assert all(word.end <= first + 1e-6 or word.start >= last - 1e-6 for word in found)
    assert last - first >= 0.03 * len(estimated)


@pytest.mark.slow
def test_one_cue_shown_at_the_wrong_time_is_found_where_it_is_said(aligner: Aligner) -> None:
    pcm, said = say(SENTENCES[:5])
    shown = sorted([said[0], *said[2:], said[1].later(6.0)], key=lambda one: one.start)
    timed = align_cues(aligner, parse(as_srt(shown)).cues, Film(pcm, voice_spans(pcm)))
    for words, one in zip(timed.words, [said[SENTENCES.index(one.text)] for one in shown], strict=True):
        assert words[0].start == pytest.approx(one.start, abs=0.2)
        assert min(word.end - word.start for word in words) >= 0.03
