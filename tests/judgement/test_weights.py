"""The published numbers are well formed, and their page is up to date."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from cutroom.judgement.page import scores_page
from cutroom.judgement.weights import Points, interpolate, weights

PAGE = Path(__file__).parents[2] / "docs" / "scores.md"
HOOK_TYPES = {"curiosity_gap", "question", "bold_claim", "story", "statistic", "problem", "visual_shock",
              "pattern_interrupt", "direct_address", "none"}  # fmt: skip
COMPONENTS = [(rule.name, part) for rule in weights().composites.values() for part in rule.components]


def test_the_page_is_what_the_weights_say() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == scores_page(), "run: python -m cutroom.judgement > docs/scores.md"


def test_maps_rise_or_fall_everywhere_and_stay_between_0_and_1() -> None:
    for name, part in COMPONENTS:
        assert part.weight > 0, (name, part.name)
        assert part.meaning, (name, part.name)
        assert all(0 <= y <= 1 for _, y in part.points), (name, part.name)
        steady = all(a[0] < b[0] and a[1] != b[1] for a, b in pairwise(part.points))
        assert steady, f"a plateau of {name}/{part.name} hides differences"


def test_names_are_used_once() -> None:
    for rule in weights().composites.values():
        names = [part.name for part in rule.components]
        assert len(set(names)) == len(names)


def test_every_term_of_the_hazard_has_its_component() -> None:
    names = {part.name for part in weights().composites["retention_design"].components}
    assert set(weights().terms) == names - {"together", "changes"}
    assert all(term.excess > 0 for term in weights().terms.values()), "no term may hold viewers back"


def test_patterns_make_hook_types_of_the_contract() -> None:
    assert {pattern.type for pattern in weights().patterns.values()} <= HOOK_TYPES


def test_shorts_come_before_the_rest_where_platforms_are_equal() -> None:
    assert list(weights().platforms)[:4] == ["tiktok", "instagram", "youtube_shorts", "youtube"]


@pytest.mark.parametrize(("raw", "f"), [(-1, 0), (0, 0), (1, 0.25), (2, 0.5), (3, 0.75), (4, 1), (9, 1)])
def test_maps_are_straight_between_their_corners(raw: float, f: float) -> None:
    points: Points = ((0, 0), (2, 0.5), (4, 1))
    assert interpolate(points, raw) == f
