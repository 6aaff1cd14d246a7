"""Categories are told by a margin, or not at all."""

from __future__ import annotations

import pytest

from cutroom.judgement import category
from cutroom.judgement.words import tokens
from cutroom.model.percepts import Reading

SCRIPTS = {
    "Gaming": "The boss has a new weapon, so dodge and reload. This level gives loot, the player respawns.",
    "Lifestyle": "Whisk the flour, butter and sugar, bake the cake in the oven and serve it for breakfast.",
    "Sports": "The goalkeeper saved the penalty, the striker scored and the team won the match in the stadium.",
    "Technology": "The laptop has a faster processor, the software update fixes a bug and the battery lasts.",
    "News": "The minister resigned after the election, police met protesters and the parliament will vote on the law.",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_words_alone(name: str) -> None:
    told = category.category(tokens(SCRIPTS[name]), Reading(), None, english=True)
    assert (told.category, told.method) == (name, "words")


TIE = "The gamer loots a cake in the oven of the dungeon, then bakes."


@pytest.mark.parametrize("text", ["", "Well yes it is what it is.", TIE])
def test_too_little_or_too_near_is_none(text: str) -> None:
    told = category.category(tokens(text), Reading(), None, english=True)
    assert told.category is None
    assert told.reason


def basis(name: str, strength: float = 1.0) -> list[tuple[float, ...]]:
    """Vectors of labels: those of one category point one way, the others each their own."""
    names = list(category.CATEGORIES)
    return [
        tuple((strength if n == names.index(label.category) else 0.0) for n in range(len(names)))
        for label in category.labels()
    ]


def test_vectors_decide_where_there_are_any() -> None:
    music = tuple(1.0 if name == "Music" else 0.0 for name in category.CATEGORIES)
    told = category.category(["la"], Reading((music, music), "made"), basis("Music"), english=False)
    assert told.category == "Music"
    between = tuple(0.7 if name in {"Music", "News"} else 0.0 for name in category.CATEGORIES)
    assert category.category(["la"], Reading((between,), "made"), basis("Music"), english=False).category is None


def test_vectors_of_another_size_are_not_used() -> None:
    told = category.category(tokens(SCRIPTS["News"]), Reading(((1.0, 0.0),), "made"), basis("News"), english=True)
    assert told.method == "words"


def test_labels_are_published() -> None:
    assert len(category.label_texts()) == len(set(category.label_texts())) == len(category.labels())
    assert {label.category for label in category.labels()} == set(category.CATEGORIES) - {"Other"}


def test_too_near_names_both() -> None:
    lead = {"Music": 0.71, "News": 0.70}
    between = tuple(lead.get(name, 0.0) for name in category.CATEGORIES)
    told = category.category(["la"], Reading((between,), "made"), basis("Music"), english=False)
    assert told.category is None
    assert told.margin < 0.02
    assert told.reason is not None
    assert "Music (" in told.reason
    assert "News (" in told.reason
