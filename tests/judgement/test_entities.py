"""Names are reported where something shows that they are names, and not otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cutroom.judgement.understanding import understand
from cutroom.model.percepts import Percepts
from tests.support.scenes import seeing, shown
from tests.support.speech import spoken_film

REST = " This part is about nothing much, and it only makes the text long enough to be read as it is."


def entities(text: str, brands: tuple[str, ...] = (), **source: str) -> dict[str, Any]:
    return found(spoken_film(text + REST, **source), brands)


def found(percepts: Percepts, brands: tuple[str, ...] = ()) -> dict[str, Any]:
    return dict(understand(percepts, brands=brands)[0].fields["media_understanding"]["entities"])


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("My name is José García-Lopez.", ["José García-Lopez"]),
        ("Hi, I'm Anna Berg and I bake. I'm American and I'm So Happy.", ["Anna Berg"]),
        ("Joining me today is Doctor Amy Wong.", ["Amy Wong"]),
        ("So my name is not important. I am in Paris.", []),
    ],
)
def test_people_who_are_introduced(text: str, people: list[str]) -> None:
    assert entities(text)["people"] == people


def test_names_in_drafts_without_capitals() -> None:
    assert found(spoken_film("hello my name is sofia lindqvist and i paint"))["people"] == ["Sofia Lindqvist"]
    assert found(spoken_film("my name is on the list"))["people"] == []


def test_the_uploader_and_handles_are_people() -> None:
    named = entities("Hello.", uploader="The Baker", uploader_handle="@thebaker", description="with @friend_1")
    assert named["people"] == ["@thebaker", "@friend_1"]
    assert named["mentions"] == ["@friend_1"]


def test_lower_thirds() -> None:
    text = (
        shown("MARIA LINDGREN | Chef", y=0.8, height=0.04),
        shown("Welcome Back", y=0.8, height=0.04),
        shown("Jonas Petterson", y=0.1, height=0.04),
    )
    film = replace(spoken_film("Hello." + REST), seeing=seeing(10, text=text))
    assert found(film)["people"] == ["Maria Lindgren"]


@pytest.mark.parametrize(
    ("text", "brands", "hits"),
    [
        ("I wear Nike shoes.", ("Nike",), ["Nike"]),
        ("I ate an apple. Apple pie is good.", ("Apple",), []),
        ("I bought an Apple laptop.", ("Apple",), ["Apple"]),
        ("Our target is clear.", ("Target",), []),
        ("This video is sponsored by Brandolino.", (), ["Brandolino"]),
        ("I like cars and phones from big companies.", (), []),
        ("I wear nikes.", ("Nike",), []),
    ],
)
def test_brands(text: str, brands: tuple[str, ...], hits: list[str]) -> None:
    assert entities(text, brands)["brands"] == hits


def test_handles_of_paid_posts_are_brands() -> None:
    assert entities("Hello.", description="#ad my new bag from @bagmaker")["brands"] == ["@bagmaker"]


def test_places_products_organisations() -> None:
    named = entities(
        "We flew to Norway and met Jordan, then in Jordan we saw NASA. The Zenphone 12 Pro beats step 3 of May 15."
    )
    assert named["locations"] == ["Norway", "Jordan"]
    assert named["organizations"] == ["NASA"]
    assert named["products"] == ["Zenphone 12 Pro"]
    assert entities("She studied at the University of Oslo.")["organizations"] == ["University of Oslo"]


def test_every_name_has_its_words() -> None:
    verdict, _ = understand(spoken_film("Hi, I'm Anna Berg." + REST))
    part = verdict.evidence["/media_understanding/entities/people"].components[0]
    assert part.name == "Anna Berg"
    assert "I'm Anna Berg" in (part.quote or "")
    assert part.at == (0.0, 1.6)
