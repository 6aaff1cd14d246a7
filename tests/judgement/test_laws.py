"""The laws that every score keeps, on films of all kinds.

Bounds, same input same output, components recompute to the value, a better cause never lowers, a small change moves
little, a signal taken away never leaves the same claim.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cutroom.judgement import measures as m
from cutroom.judgement.scoring import exact
from cutroom.model.verdicts import Explained
from tests.support.judged import Film, films, judged, spoken

HOOK = "/creator_intelligence/hook_analysis/score"
RETENTION = "/creator_intelligence/retention_analysis/retention_score"
VIRALITY = "/growth_intelligence/virality_model/score"
PRESSURE = "/growth_intelligence/virality_model/completion_pressure"
SHARE = "/growth_intelligence/platform_fit/share_probability"
LOOP = "/growth_intelligence/platform_fit/loopability"
PRODUCTION = "/creator_intelligence/production"
HUNDREDS = (HOOK, RETENTION, VIRALITY, "/scores/hook_strength", "/scores/retention_design", "/scores/visual_clarity",
            "/scores/audio_clarity", "/scores/cta_effectiveness", "/scores/educational_value",
            "/scores/overall_creator_clarity", "/scores/confidence_overall")  # fmt: skip
ONES = (PRESSURE, SHARE, LOOP, f"{PRODUCTION}/lighting", f"{PRODUCTION}/framing", f"{PRODUCTION}/stability")
SCALES = dict.fromkeys(HUNDREDS, 100.0) | dict.fromkeys(ONES, 1.0)
VISUAL = ("/scores/visual_clarity", "/scores/overall_creator_clarity", VIRALITY)
AUDIO = ("/scores/audio_clarity", "/scores/overall_creator_clarity", VIRALITY)
OPENING = (HOOK, "/scores/hook_strength", VIRALITY, "/scores/overall_creator_clarity", SHARE)
HOLDING = (RETENTION, "/scores/retention_design", VIRALITY, PRESSURE, "/scores/overall_creator_clarity", SHARE)


def is_a_score(explained: Explained) -> bool:
    return explained.method.startswith("composite:") and not isinstance(explained.value, str)


@pytest.mark.slow
@given(films())
def test_bounds_and_the_sum_and_the_same_again(film: Film) -> None:
    found = judged(film)
    assert found == judged(film)
    assert set(SCALES) <= set(found)
    for pointer, explained in found.items():
        assert (explained.value is None) == (explained.unknown_reason is not None), pointer
        value = exact(explained)
        if value is None or not (is_a_score(explained) or explained.method.startswith("rules")):
            continue
        scale = SCALES.get(pointer, 1.0)
        assert 0 <= value <= scale, pointer
        assert explained.coverage >= 0.5
        known = [part for part in explained.components if part.f is not None]
        again = scale * sum(p.weight * (p.f or 0.0) for p in known) / sum(p.weight for p in known)
        assert value == pytest.approx(again, abs=1e-4), pointer
        share = sum(p.weight for p in known) / sum(p.weight for p in explained.components)
        assert explained.coverage == pytest.approx(share, abs=1e-5), pointer


# What is varied, from worst to best, and what may not fall.
BETTER: list[tuple[str, float, float, tuple[str, ...]]] = [
    ("first_motion", 0, 1, OPENING),
    ("faces", 0, 1, OPENING),
    ("text", 0, 1, (HOOK,)),
    ("talk_begins", 12, 0, (HOOK,)),
    ("leading_silence", 6, 0, (HOOK,)),
    ("sharpness", 0, 1, VISUAL),
    ("noise", 1, 0, VISUAL),
    ("blockiness", 1, 0, VISUAL),
    ("clipped", 1, 0, (*VISUAL, f"{PRODUCTION}/lighting")),
    ("shake", 1, 0, (*VISUAL, f"{PRODUCTION}/stability")),
    ("contrast", 0, 1, (*VISUAL, f"{PRODUCTION}/lighting")),
    ("height", 64, 2160, VISUAL),
    ("letters", 0, 0.2, VISUAL),
    ("speech_to_rest", 0, 60, AUDIO),
    ("floor", -10, -95, AUDIO),
    ("sound_clipped", 0.5, 0, AUDIO),
    ("peak", 5, -20, AUDIO),
    ("bandwidth", 500, 8000, AUDIO),
    ("lost", 5, 0, AUDIO),
    ("loop", 0, 1, (LOOP,)),
    ("content_words", 0, 1, ("/scores/educational_value", "/scores/overall_creator_clarity", SHARE)),
    ("drift", 1, 0, ("/scores/educational_value", RETENTION)),
    ("confidence", 0, 1, ("/scores/confidence_overall",)),
]


OPENS = frozenset({"talk_begins", "leading_silence"})


def same_kind(film: Film) -> tuple[bool | None, bool]:
    """Whether it talks, and whether there is anything to hear: a film that does not is not judged as one that does."""
    percepts = film.percepts()
    return m.talks(percepts), m.soundless(percepts)


@pytest.mark.slow
@settings(max_examples=2 * settings().max_examples)
@given(films(pictures=True), st.sampled_from(BETTER), st.floats(0, 1), st.floats(0, 1))
def test_a_better_cause_never_lowers(
    film: Film, better: tuple[str, float, float, tuple[str, ...]], one: float, other: float
) -> None:
    cause, worst, best, pointers = better
    low, high = sorted((one, other))

    def at(share: float) -> dict[str, Explained]:
        value = worst + (best - worst) * share
        return judged(film.but(**{cause: int(value) if cause == "height" else value}))

    ends = [film.but(**{cause: worst + (best - worst) * share}) for share in (low, high)] if cause in OPENS else []
    assume(len({same_kind(one) for one in ends}) <= 1)
    before, after = at(low), at(high)
    for pointer in pointers:
        a, b = exact(before[pointer]), exact(after[pointer])
        assert a is None or b is None or b >= a - 1e-4, pointer


@pytest.mark.slow
@given(films(pictures=True, sound=True), st.sampled_from(("silences", "freezes")), st.floats(0, 80), st.floats(0.3, 10))
def test_a_weak_spot_removed_never_lowers(film: Film, cause: str, start: float, length: float) -> None:
    spans = (*getattr(film, cause), (start, start + length))
    assume(same_kind(film.but(**{cause: spans})) == same_kind(film))
    worse, better = judged(film.but(**{cause: spans})), judged(film)
    for pointer in HOLDING:
        a, b = exact(worse[pointer]), exact(better[pointer])
        # Silence in the opening is also a matter of the hook; nothing may gain by either.
        assert a is None or b is None or b >= a - 1e-4, pointer


@pytest.mark.slow
@settings(max_examples=settings().max_examples // 2)
@given(film=films(transcript=True, pictures=True), t=st.floats(0, 0.5))
def test_words_that_hook_explain_or_ask_never_lower(film: Film, t: float) -> None:
    assume(film.duration > 10)
    plain = film.but(acts=())
    for kind, at, pointers in (
        ("question", t, OPENING),
        ("step", 5.0 + t, ("/scores/educational_value", "/scores/overall_creator_clarity")),
        ("cta_follow", film.duration - 3 + t, ("/scores/cta_effectiveness", "/scores/overall_creator_clarity")),
    ):
        before, after = judged(plain), judged(plain.but(acts=((kind, at),)))
        for pointer in pointers:
            a, b = exact(before[pointer]), exact(after[pointer])
            assert a is None or b is None or b >= a - 1e-4, pointer


@pytest.mark.slow
@given(films(), st.sampled_from((-1, 1)))
def test_a_small_change_moves_little(film: Film, sign: int) -> None:
    """A frame's shift, and what encoding anew changes."""
    frame = sign * 0.04
    near = film.but(
        talk_begins=None if film.talk_begins is None else max(0.0, film.talk_begins + frame),
        leading_silence=max(0.0, film.leading_silence + frame) if film.leading_silence else 0.0,
        silences=tuple((a + frame, b + frame) for a, b in film.silences),
        freezes=tuple((a + frame, b + frame) for a, b in film.freezes),
        acts=tuple((kind, max(0.0, t + frame)) for kind, t in film.acts),
        sharpness=film.sharpness * (1 + sign * 0.02),
        noise=film.noise * (1 - sign * 0.02),
        brightness=film.brightness * (1 + sign * 0.005),
        lufs=None if film.lufs is None else film.lufs + sign * 0.05,
    )
    # Whether the last words still fit in, and which acts do, is another film.
    assume(not film.transcript or len(spoken(film)) == len(spoken(near)))
    assume(len(film.words().acts) == len(near.words().acts))
    assume(same_kind(film) == same_kind(near))
    before, after = judged(film), judged(near)
    for pointer, scale in SCALES.items():
        a, b = exact(before[pointer]), exact(after[pointer])
        assert (a is None) == (b is None), pointer
        assert a is None or b is None or abs(a - b) <= 0.03 * scale, pointer


TAKEN: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"faces": None}, (HOOK, "/scores/confidence_overall")),
    ({"text": None}, ("/scores/visual_clarity", HOOK, "/scores/confidence_overall")),
    ({"loop": None}, (LOOP,)),
    ({"lufs": None}, ("/scores/audio_clarity",)),
    ({"content_words": None}, ("/scores/educational_value",)),
    ({"drift": None}, ("/scores/educational_value", RETENTION)),
    ({"sentiment": None}, (SHARE,)),
    ({"sound": False}, (HOOK, RETENTION, LOOP, "/scores/audio_clarity", "/scores/confidence_overall", VIRALITY)),
    ({"transcript": False}, (RETENTION, "/scores/educational_value", "/scores/confidence_overall")),
    ({"transcript": False, "text": None},
     (HOOK, RETENTION, "/scores/cta_effectiveness", "/scores/educational_value", "/scores/confidence_overall")),
    ({"pictures": False}, (*HUNDREDS[:6], "/scores/cta_effectiveness", "/scores/overall_creator_clarity", LOOP, SHARE,
                           "/scores/confidence_overall", *ONES)),
    ({"vectors": False}, ("/scores/confidence_overall",)),
]  # fmt: skip


@pytest.mark.parametrize(("taken", "pointers"), TAKEN, ids=["+".join(taken) for taken, _ in TAKEN])
def test_a_signal_taken_away_gives_null_or_less_coverage_and_not_the_same_number(
    taken: dict[str, Any], pointers: tuple[str, ...]
) -> None:
    film = Film(silences=((12.0, 15.0),))
    before, after = judged(film), judged(film.but(**taken))
    for pointer in pointers:
        was, now = before[pointer], after[pointer]
        assert was.value is not None, pointer
        # The confidence counts what is missing: it is always known, and falls.
        less = now.value is None or now.coverage < was.coverage or pointer == "/scores/confidence_overall"
        assert less, pointer
        assert now.value != was.value, pointer


def ladder(cause: str, *steps: Any) -> list[Film]:
    return [Film(**{cause: step}) for step in steps]


def acts(*kinds: tuple[str, float]) -> Film:
    return Film(acts=kinds)


LADDERS: list[tuple[str, str, list[Film]]] = [
    ("silence before the film begins", HOOK, ladder("leading_silence", 0.0, 1.0, 2.0, 4.0)),
    ("late first word", HOOK, ladder("talk_begins", 0.0, 1.0, 2.0, 4.0)),
    ("weaker openings", HOOK, [acts(("question", 0.3)), acts(("number", 0.3)), acts(), acts(("intro", 0.3))]),
    ("question said later", HOOK, [acts(("question", t)) for t in (0.5, 2.5, 3.2, 8.0)]),
    ("less text", HOOK, ladder("text", 1.0, 0.05, 0.0)),
    ("less motion", HOOK, ladder("first_motion", 0.5, 0.2, 0.08, 0.0)),
    ("longer silence", RETENTION, [Film(silences=((10.0, 10.0 + n),)) for n in (0.3, 1.0, 2.0, 4.0, 8.0)]),
    ("earlier silence", RETENTION, [Film(silences=((t, t + 3),)) for t in (25.0, 15.0, 8.0, 4.0)]),
    ("longer freeze", RETENTION, [Film(freezes=((10.0, 10.0 + n),)) for n in (0.3, 1.0, 2.0, 4.0, 8.0)]),
    ("longer static shots", RETENTION, [Film(motion=0.0, shot_length=n) for n in (3.0, 10.0, 15.0, 30.0)]),
    ("less sharp", "/scores/visual_clarity", ladder("sharpness", 0.8, 0.5, 0.3, 0.15, 0.05, 0.0)),
    ("noise", "/scores/visual_clarity", ladder("noise", 0.0, 0.04, 0.1, 0.25, 0.6)),
    ("darker", "/scores/visual_clarity", ladder("brightness", 0.45, 0.3, 0.2, 0.1, 0.03)),
    ("shake", "/scores/visual_clarity", ladder("shake", 0.0, 0.03, 0.1, 0.25, 0.7)),
    ("noise in the sound", "/scores/audio_clarity", [
        Film(speech_to_rest=above, floor=floor)
        for above, floor in ((None, None), (40.0, -65.0), (20.0, -45.0), (10.0, -35.0), (3.0, -25.0))
    ]),
    ("clipping", "/scores/audio_clarity", ladder("sound_clipped", 0.0, 0.0005, 0.003, 0.02, 0.15)),
    ("too quiet", "/scores/audio_clarity", ladder("lufs", -14.0, -20.0, -28.0, -40.0)),
    ("dropouts", "/scores/audio_clarity", ladder("lost", 0.0, 0.1, 0.5, 2.0)),
    ("earlier request", "/scores/cta_effectiveness", [acts(("cta_follow", t)) for t in (28.0, 20.0, 10.0, 1.0)]),
    ("competing requests", "/scores/cta_effectiveness", [
        acts(*(("cta_" + kind, 25.0) for kind in kinds))
        for kinds in (("buy",), ("buy", "like"), ("buy", "like", "link"), ("buy", "follow", "like", "link"), ())
    ]),
    ("how-to against chatter", "/scores/educational_value", [
        acts(("step", 3.0), ("step", 9.0), ("definition", 12.0), ("example", 15.0), ("number", 18.0)),
        acts(("step", 3.0), ("example", 15.0)), acts(("step", 3.0)), acts(("joke", 3.0)),
    ]),
    ("worse loops", LOOP, ladder("loop", 1.0, 0.8, 0.4, 0.1)),
    ("less is perceived", "/scores/confidence_overall", [
        Film(), Film(vectors=False), Film(vectors=False, faces=None), Film(vectors=False, faces=None, text=None),
        Film(vectors=False, faces=None, text=None, transcript=False), Film(pictures=False, transcript=False),
        Film(pictures=False, transcript=False, sound=False),
    ]),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("pointer", "steps"), [(p, s) for _, p, s in LADDERS], ids=[name for name, _, _ in LADDERS])
def test_ladders_of_defects_are_strictly_ordered(pointer: str, steps: list[Film]) -> None:
    values = [exact(judged(film)[pointer]) for film in steps]
    assert all(value is not None for value in values)
    assert all(a - b > 0.5 * (0.01 if pointer in ONES else 1) for a, b in pairwise(values)), values  # type: ignore[operator]
