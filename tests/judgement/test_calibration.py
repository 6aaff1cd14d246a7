"""Predictions fitted to past posts with a known law; tables that cannot be used."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.judgement.calibration import Calibration, calibrate, read_calibration
from cutroom.judgement.creator import creator
from cutroom.judgement.growth import growth
from cutroom.judgement.history import Post, read_history, read_report
from cutroom.judgement.kept import keep_calibration, kept_calibration, kept_trends
from cutroom.judgement.quantiles import fit, quantile
from cutroom.judgement.retention import retention
from cutroom.kernel.errors import CutroomError, ErrorCode
from tests.support.judged import Film


def posts(count: int, seed: int, *, spread: float = 0.4) -> list[Post]:
    """Views by a law: 10 ** (1.5 + score / 30), scattered."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        score = chance.uniform(20, 90)
        views = round(10 ** (1.5 + score / 30 + chance.gauss(0, spread)))
        found.append(Post(score, views, shares=views // 50))
    return found


def inside(calibration: Calibration, fresh: list[Post]) -> float:
    hits = 0
    for post in fresh:
        low, _, high = calibration.views(post.score)
        hits += low <= math.log10(post.views + 1) <= high
    return hits / len(fresh)


@pytest.mark.slow
def test_the_80_percent_range_holds_about_80_percent_of_new_posts() -> None:
    made = calibrate(posts(400, 1))
    assert 0.7 <= inside(made, posts(2000, 2)) <= 0.9
    assert 0.7 <= made.coverage <= 0.9
    assert made.middle.slope == pytest.approx(1 / 30, rel=0.15)


def test_few_posts_give_ranges_that_are_not_too_sure_of_themselves() -> None:
    held = [inside(calibrate(posts(30, seed)), posts(500, seed + 100)) for seed in range(6)]
    assert 0.7 <= sum(held) / len(held) <= 0.9


def test_what_is_fitted_is_used_and_says_so() -> None:
    percepts, words = Film().percepts(), Film().words()
    made = creator(percepts, words)
    found = growth(percepts, made, words, calibration=calibrate(posts(60, 3)))
    model = found.fields["virality_model"]
    low, expected, high = model["predicted_view_range"].values()
    assert 0 <= low < expected < high
    assert "60 posts of your own" in model["basis"]
    assert found.evidence["/growth_intelligence/virality_model/predicted_view_range"].calibrated
    assert found.evidence["/growth_intelligence/platform_fit/share_probability"].calibrated
    assert found.fields["platform_fit"]["share_probability"] == pytest.approx(0.02, abs=0.005)
    assert found.warnings == ()


def test_the_retention_curve_is_fitted_to_retention_that_was_measured() -> None:
    film = Film(silences=((5.0, 9.0),))
    model = retention(film.percepts(), film.words())
    curve = tuple((point["t"], point["retention"]) for point in model.shown())
    told = [replace(post, curve=curve, retention=model.mean(2.0)) for post in posts(40, 5)]
    made = calibrate(told)
    assert made.retention_power == pytest.approx(2.0, rel=0.05)
    percepts, words = film.percepts(), film.words()
    grown = growth(percepts, creator(percepts, words), words, calibration=made)
    assert grown.evidence["/growth_intelligence/predicted_retention_curve"].calibrated
    assert grown.fields["predicted_retention_curve"][-1]["retention"] < curve[-1][1]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 9)), min_size=2, max_size=40), st.sampled_from((0.1, 0.5, 0.9))
)
def test_lines_never_fall_and_leave_their_share_below(points: list[tuple[float, float]], share: float) -> None:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    line = fit(xs, ys, share)
    assert line.slope >= 0
    assert line == fit(xs, ys, share)
    above = sum(y > line(x) + 1e-9 for x, y in points)
    assert above <= (1 - share) * len(points) + 1e-9


def test_lines_of_points_on_a_line() -> None:
    xs = [float(n) for n in range(40)]
    line = fit(xs, [3 + 0.25 * x for x in xs], 0.5)
    assert line.slope == pytest.approx(0.25, abs=1e-4)
    assert line.intercept == pytest.approx(3, abs=1e-2)
    assert fit(xs, [9 - 0.25 * x for x in xs], 0.5).slope == 0
    assert quantile([3, 1, 2], 0.5) == 2
    with pytest.raises(ValueError):
        quantile([], 0.5)


def test_too_few_posts_or_all_alike_are_refused() -> None:
    with pytest.raises(CutroomError, match="At least 30 posts"):
        calibrate(posts(29, 1))
    with pytest.raises(CutroomError, match="same score"):
        calibrate([Post(50.0, n) for n in range(40)])


def test_what_was_fitted_is_kept_and_read_back(tmp_path: Path) -> None:
    made = calibrate(posts(40, 4))
    assert kept_calibration(tmp_path) is None
    assert kept_trends(tmp_path) is None
    keep_calibration(tmp_path / "data", made)
    assert kept_calibration(tmp_path / "data") == made
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["calibration.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"low": 1}', "[" * 100_000])
def test_a_damaged_calibration_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text(text)
    with pytest.raises(CutroomError, match="damaged"):
        kept_calibration(tmp_path)


def test_numbers_that_are_none_are_damage() -> None:
    content = calibrate(posts(40, 4)).content() | {"widening": "NaN"}
    with pytest.raises(CutroomError, match="damaged"):
        read_calibration(json.dumps(content))


REPORT = {
    "growth_intelligence": {
        "virality_model": {"score": 67},
        "predicted_retention_curve": [{"t": 0, "retention": 1.0}, {"t": 5, "retention": 0.8}],
    },
    "evidence": {"/growth_intelligence/virality_model/score": {"value": 66.6}},
}


def test_tables_with_scores_and_with_reports() -> None:
    table = "Views,score,retention,shares,note\n1000,55.5,0.4,3,=1+1\n5,10,,,\n"
    assert read_history(table, lambda name: "") == [Post(55.5, 1000, 0.4, 3), Post(10.0, 5)]
    [post] = read_history("file,views\nreport.json,9\n", {"report.json": json.dumps(REPORT)}.__getitem__)
    assert post == Post(66.6, 9, curve=((0.0, 1.0), (5.0, 0.8)))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("", "columns"), ("score,likes\n1,2\n", "columns"), ("score,score,views\n1,2,3\n", "same name"),
        ("score,views\n=1+1,5\n", "score must be a number"), ("score,views\n50,=SUM(A1)\n", "views must be a whole"),
        ("score,views\nNaN,5\n", "score"), ("score,views\n50,inf\n", "views"), ("score,views\n50,1e99\n", "views"),
        ("score,views\n101,5\n", "score"), ("score,views\n50,-1\n", "views"), ("score,views\n50,1.5\n", "views"),
        ("score,views\n50,\n", "views"), ("score,views\n,7\n", "neither"), ("score,views\n50,5,6\n", "more cells"),
        ("score,views,retention\n50,5,40\n", "retention must be a number from 0 to 1"),
        ("file,views\nx.json,5\n", "no report"), ('score,views\n"50,5\n', "no valid CSV"),
        ("score,views\n" + "9" * 200_000 + ",5\n", "no valid CSV"), ("score,views\n" + "5,5\n" * 20_001, "more than"),
        ("score,views\n5\x000,5\n", ""), ("score,views\n" + "9" * 5000 + ",5\n", "score"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_used_are_refused_in_one_sentence(table: str, words: str) -> None:
    with pytest.raises(CutroomError) as caught:
        read_history(table, lambda name: "{}")
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert words in caught.value.message
    assert caught.value.message.endswith(".")
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "content",
    [[], {}, {"growth_intelligence": 1}, {"growth_intelligence": {"virality_model": {"score": None}}},
     {"growth_intelligence": {"virality_model": {"score": True}}},
     REPORT | {"evidence": {"/growth_intelligence/virality_model/score": {"value": "66"}}}],
)  # fmt: skip
def test_what_is_no_report(content: object) -> None:
    with pytest.raises(ValueError):
        read_report(json.dumps(content))
