"""The retention curve and its weak spots."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.judgement.creator import creator
from cutroom.judgement.retention import Retention, retention
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import TextFacts
from tests.support.judged import Film, films


def model(film: Film) -> Retention:
    return retention(film.percepts(), film.words())


@settings(max_examples=20)
@given(films(pictures=True), st.sampled_from((0.5, 1.0, 2.0)))
def test_the_curve_begins_at_1_never_rises_and_ends_with_the_film(film: Film, power: float) -> None:
    points = model(film).shown(power)
    assert points[0] == {"t": 0.0, "retention": 1.0}
    assert all(a["t"] < b["t"] and a["retention"] >= b["retention"] for a, b in pairwise(points))
    assert all(0 <= point["retention"] <= 1 for point in points)
    assert points[-1]["t"] <= film.duration
    assert points[-1]["t"] > film.duration - 0.02
    assert len(points) <= 63


@pytest.mark.parametrize("duration", [0.0, 0.0004, 0.04, 0.5, 900.0])
def test_films_of_any_length_have_a_curve(duration: float) -> None:
    points = model(Film(duration=duration, talk_begins=None)).shown()
    assert points[0] == {"t": 0.0, "retention": 1.0}
    assert all(a["t"] < b["t"] for a, b in pairwise(points))
    assert points[-1]["t"] <= duration


@pytest.mark.parametrize("start", [0.0, 4.37, 17.04, 26.9])
@pytest.mark.parametrize(
    ("cause", "reason"), [("silences", "Silence"), ("freezes", "The picture freezes")], ids=["silence", "freeze"]
)
@pytest.mark.parametrize("shot_length", [3.0, 30.0])
def test_a_planted_weak_spot_is_found_where_it_is(cause: str, reason: str, start: float, shot_length: float) -> None:
    film = Film(shot_length=shot_length, motion=0.2 if shot_length < 10 else 0.0)
    worse = film.but(**{cause: ((start, start + 2.0),)})
    near = [risk for risk in model(worse).risks if abs(risk.t - start) <= 0.5]
    assert [risk.reason.startswith(reason) for risk in near] == [True]
    assert near[0].severity in {"moderate", "major"}
    clean, dirty = model(film).shown(), model(worse).shown()
    assert all(a["retention"] >= b["retention"] for a, b in zip(clean, dirty, strict=True))
    assert clean[-1]["retention"] > dirty[-1]["retention"]


@settings(max_examples=20)
@given(films(pictures=True, sound=True), st.floats(0, 80), st.floats(0.3, 10))
def test_a_weak_spot_removed_never_lowers_the_curve(film: Film, start: float, length: float) -> None:
    worse = film.but(freezes=(*film.freezes, (start, start + length)))
    pairs = zip(model(film).shown(), model(worse).shown(), strict=True)
    assert all(a["retention"] >= b["retention"] for a, b in pairs)


def test_two_weak_spots_at_once_are_told_as_one_and_are_worse() -> None:
    at = ((10.0, 13.0),)
    [one], [two] = model(Film(silences=at)).risks, model(Film(silences=at, freezes=at)).risks
    assert (one.term, two.term) == ("silence", "silence")
    assert two.excess > one.excess


def test_severity_goes_with_what_it_costs() -> None:
    lengths = (0.6, 1.5, 4.0)
    found = [model(Film(silences=((10.0, 10.0 + n),))).risks[0].severity for n in lengths]
    assert found == ["minor", "moderate", "major"]


def test_a_frozen_picture_all_through_is_one_risk_at_its_start() -> None:
    found = model(Film(freezes=((0.0, 30.0),), shot_length=30.0, motion=0.0)).risks
    assert (found[0].t, found[0].term) == (0.0, "freeze")


def test_a_freeze_ends_at_a_cut_and_one_that_the_codec_parts_is_one() -> None:
    parts = ((3.0, 4.5), (4.5, 6.0), (6.0, 9.0))
    found = model(Film(shot_length=3.0, freezes=parts)).risks
    assert [(risk.t, risk.seconds, risk.term) for risk in found] == [(3.0, 3.0, "freeze"), (6.0, 3.0, "freeze")]


@pytest.mark.parametrize(("stands", "told"), [(3.0, False), (15.0, True)])
def test_the_pictures_of_a_slideshow_may_stand_for_a_while(stands: float, told: bool) -> None:
    slides = tuple((n * stands, (n + 1) * stands) for n in range(4))
    film = Film(duration=4 * stands, shot_length=stands, motion=0.0, freezes=slides)
    found = [risk for risk in model(film).risks if risk.term == "freeze"]
    assert [(risk.t, risk.seconds) for risk in found] == ([(start, stands) for start, _ in slides] if told else [])


def test_breaths_between_sentences_are_no_weak_spots() -> None:
    breaths = tuple((t + 2.8, t + 3.05) for t in range(0, 27, 3))
    assert model(Film(silences=breaths)) == model(Film(silences=())).__class__(
        model(Film()).score, model(Film()).curve, (), 1.0
    )


def test_fillers_and_advertisements_are_told() -> None:
    fillers = tuple(("filler", 12.0 + n * 0.7) for n in range(4))
    assert {risk.term for risk in model(Film(acts=fillers)).risks} == {"fillers"}
    assert [(risk.t, risk.term) for risk in model(Film(acts=(("ad", 20.0),))).risks] == [(20.0, "advertising")]


def test_without_pictures_and_sound_nothing_is_said() -> None:
    film = Film(pictures=False, sound=False, transcript=False)
    found = model(film)
    assert found.score.value is None
    assert found.hazard_free is None
    assert found.risks == ()


def test_pace_follows_cuts_and_words() -> None:
    def pace(film: Film) -> str:
        fields = creator(film.percepts(), film.words()).fields
        return str(fields["retention_analysis"]["pacing"])

    assert pace(Film(shot_length=30.0, motion=0.02, talk_begins=None)) == "slow"
    assert pace(Film(shot_length=1.5, motion=0.4)) == "fast"
    words = [pace(Film(shot_length=n, motion=0.1, talk_begins=None)) for n in (30.0, 6.0, 1.0)]
    assert words == ["slow", "moderate", "fast"]


def test_hostile_numbers_do_no_harm() -> None:
    film = Film(silences=((-5.0, 2.0), (29.0, 900.0), (40.0, 50.0), (7.0, 7.0)), freezes=((1.0, 2.0), (1.5, 3.0)))
    percepts: Percepts = film.percepts()
    assert 0 < retention(percepts, TextFacts(drift=(0.9,) * 500)).shown()[-1]["retention"] < 1
