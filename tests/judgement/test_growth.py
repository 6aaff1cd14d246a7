"""``growth_intelligence``: platforms, views, loops, trends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.judgement.creator import creator
from cutroom.judgement.growth import HEURISTIC, growth
from cutroom.judgement.platform_fit import fits
from cutroom.judgement.trends import Trends, parse_trends
from cutroom.judgement.virality import view_range
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.percepts import SourceFacts
from cutroom.model.verdicts import Explained
from tests.support.judged import Film, films


def made(film: Film, **more: Any) -> dict[str, Any]:
    percepts, words = film.percepts(), film.words()
    return growth(percepts, creator(percepts, words), words, **more).fields


def fit_of(film: Film, platform: str) -> float:
    [found] = [fit for fit in fits(film.percepts()) if fit.platform == platform]
    assert isinstance(found.explained.value, float)
    return found.explained.value


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("length", {"duration": 700.0}),
    ("captions", {"text": 0.0}),
    ("loudness", {"lufs": -30.0}),
    ("safe area", {"text_y": 0.9}),
    ("motion", {"first_motion": 0.0}),
]


@pytest.mark.parametrize("changes", [changes for _, changes in BROKEN], ids=[name for name, _ in BROKEN])
def test_each_rule_broken_is_a_step(changes: dict[str, Any]) -> None:
    film = Film(text=1.0)
    assert fit_of(film, "tiktok") == 1
    assert fit_of(film.but(**changes), "tiktok") == pytest.approx(5 / 6, abs=1e-6)
    [found] = [fit for fit in fits(film.but(**changes).percepts()) if fit.platform == "tiktok"]
    assert len(found.reasons) == 1


def test_the_shape_of_the_picture_decides_between_platforms() -> None:
    percepts = Film(duration=300.0).percepts()
    assert percepts.seeing is not None
    wide = replace(percepts, seeing=replace(percepts.seeing, width=1920, height=1080))
    assert fits(wide)[0].platform == "youtube"
    assert fits(Film().percepts())[0].platform == "tiktok"
    assert made(Film())["platform_fit"]["platform"] == "tiktok"


def test_rules_that_cannot_be_checked_are_not_counted() -> None:
    [found] = [fit for fit in fits(Film(text=None, sound=False).percepts()) if fit.platform == "tiktok"]
    assert found.explained.value == 1
    assert found.explained.coverage == 0.5


@settings(max_examples=20)
@given(films(pictures=True), st.none() | st.integers(0, 10**10), st.none() | st.integers(0, 10**13))
def test_a_range_of_views_is_ordered_and_says_how_it_was_made(
    film: Film, followers: int | None, views: int | None
) -> None:
    model = made(film.but(source=SourceFacts(followers=followers, views=views)))["virality_model"]
    low, expected, high = model["predicted_view_range"].values()
    if model["score"] is None:
        assert (low, expected, high) == (None, None, None)
    else:
        assert all(type(value) is int for value in (low, expected, high))
        assert (views or 0) <= low <= expected <= high
    assert "not calibrated" in model["basis"]
    assert ("followers" in model["basis"]) == bool(followers)


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_better_score_never_brings_fewer_views(one: float, other: float) -> None:
    percepts = Film().percepts()
    low, high = (view_range(percepts, Explained(s, "m", "1"), None)[0] for s in sorted((one, other)))
    assert low is not None
    assert high is not None
    assert all(a <= b for a, b in zip(low, high, strict=True))


def test_predictions_say_that_they_are_heuristics() -> None:
    percepts, words = Film().percepts(), Film().words()
    found = growth(percepts, creator(percepts, words), words)
    assert found.warnings == (HEURISTIC,)
    assert not any(one.calibrated for one in found.evidence.values())


def test_factors_are_what_is_strong() -> None:
    strong = made(Film())["virality_model"]["factors"]
    assert "strong hook" in strong
    assert "strong hook" not in made(Film(leading_silence=8.0, acts=(), first_motion=0.0))["virality_model"]["factors"]


def test_a_film_that_opens_with_no_hook_is_not_said_to_have_a_strong_one() -> None:
    film = Film(acts=(), first_motion=0.3, faces=1.0, text=1.0)
    percepts, words = film.percepts(), film.words()
    opening = creator(percepts, words).fields["hook_analysis"]
    assert (opening["hook_type"], opening["score"] >= 60) == ("none", True)
    assert "strong hook" not in made(film)["virality_model"]["factors"]


def test_a_film_without_pictures_says_why_its_views_are_not_estimated() -> None:
    model = made(Film(pictures=False))["virality_model"]
    assert "pictures" in model.pop("basis")
    assert model == {
        "score": None,
        "completion_pressure": None,
        "factors": [],
        "predicted_view_range": {"low": None, "expected": None, "high": None},
    }


def test_something_left_open_and_answered_late_holds() -> None:
    def pressure(*acts: tuple[str, float]) -> float:
        return float(made(Film(acts=acts))["virality_model"]["completion_pressure"])

    late, early = pressure(("open_loop", 1.0), ("answer", 27.0)), pressure(("open_loop", 1.0), ("answer", 5.0))
    assert late > early > pressure(("open_loop", 1.0)) == pressure()


def test_what_is_proposed_is_of_the_film() -> None:
    found = made(Film(source=SourceFacts(tags=("Home Studio", "d\u00edy"))))
    assert found["posting"]["suggested_caption"] == "question of the film"
    assert found["posting"]["suggested_hashtags"] == ["#HomeStudio", "#d\u00edy", "#Lighting"]
    assert found["audience"] == {"likely_segments": [], "interest_tags": ["home studio", "lighting"], "age_band": None}
    assert found["posting"]["best_length_seconds"] == 30.0
    assert made(Film(silences=((10.0, 13.0), (12.0, 14.0))))["posting"]["best_length_seconds"] == 26.0


LIST = """kind,name,artist,category,stage,from,until
audio,Aesthetic,Tollan Kim,creator_economy,growth,2026-01-01,2026-12-31
term,home studio,,diy,peak,,
term,sourdough,,food,decline,,
"""


def trend(trends: Trends | None, **source: Any) -> dict[str, Any]:
    found = made(Film(source=SourceFacts(**source)), trends=trends)["trend_alignment"]
    assert isinstance(found, dict)
    return found


def test_without_a_list_nothing_is_known_of_trends() -> None:
    none = {"uses_trending_audio": None, "trend_category": None, "cycle_stage": "unknown"}
    assert trend(None, track="Aesthetic") == none


def test_with_a_list_sounds_and_terms_are_found() -> None:
    trends = parse_trends(LIST)
    assert trend(trends, track="aesthetic", artist="Tollan Kim", published_at="2026-03-04T10:00:00Z") == {
        "uses_trending_audio": True, "trend_category": "creator_economy", "cycle_stage": "growth",
    }  # fmt: skip
    assert trend(trends, track="Another")["uses_trending_audio"] is False
    assert trend(trends)["uses_trending_audio"] is None
    assert trend(trends)["trend_category"] == "diy"
    over = trend(trends, track="Aesthetic", published_at="2028-01-01")
    assert (over["uses_trending_audio"], over["trend_category"]) == (False, "diy")


def test_a_list_is_kept_as_it_was_read() -> None:
    import json

    trends = parse_trends(LIST)
    assert parse_trends(json.dumps(trends.content())) == trends


@pytest.mark.parametrize(
    "text",
    ["", "kind,name\n", "name\nx\n", "kind,name\nsmell,x\n", "kind,name\nterm,\n", "kind,name,stage\nterm,x,huge\n",
     "kind,name,from\nterm,x,yesterday\n", "kind,name,category\nterm,x,=1+1\n", "[1]", "{", "[[]]", '{"trends": 1}',
     '[{"kind": "term", "name": 5}]', "[" * 100_000, '{"as_of": 5, "trends": [{"kind": "term", "name": "x"}]}',
     'kind,name\nterm,"x\n', "kind,name\n" + "term,x\n" * 50_001, "kind,name\nterm," + "x" * 200_000],
)  # fmt: skip
def test_a_list_that_cannot_be_used_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(CutroomError) as caught:
        parse_trends(text)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert caught.value.message.endswith(".")
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("film", [Film(text=0.0, sound=False, transcript=False), Film(text=0.0, talk_begins=None)])
def test_what_nobody_says_needs_no_captions(film: Film) -> None:
    for fit in fits(film.percepts()):
        assert "What is said is not shown as text." not in fit.reasons
        assert "captions" not in {part.name for part in fit.explained.components}
