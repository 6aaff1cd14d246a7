"""Topics are the film's own phrases; planted ones are found, function words and chatter are not."""

from __future__ import annotations

from typing import Any

from cutroom.judgement.understanding import text_facts, understand
from tests.support.speech import spoken_film

TALK = """
Hello and welcome to the show. Today's first subject is beekeeping. Beekeeping needs patience, and a beehive needs
space. In spring the beehive is loud. Then we talk about electric bikes. An electric bike has a motor, and electric
bikes are heavy. The battery of an electric bike lasts two years. Last, there is origami. Origami turns paper into
animals, and an origami crane has twenty folds. Please like and subscribe, thanks for watching.
"""


def entities(text: str, language: str | None = "en", **source: str) -> dict[str, Any]:
    found = understand(spoken_film(text, language, **source))[0].fields["media_understanding"]["entities"]
    return dict(found)


def test_planted_topics_are_found() -> None:
    named = " | ".join(entities(TALK)["topics"]).casefold()
    assert all(topic in named for topic in ("beekeeping", "electric bike", "origami"))
    assert "subscribe" not in named
    assert text_facts(spoken_film(TALK)).topics == tuple(entities(TALK)["topics"])


def test_keywords_fall_from_one() -> None:
    weights = [keyword["weight"] for keyword in entities(TALK)["keywords"]]
    assert weights[0] == 1.0
    assert weights == sorted(weights, reverse=True)
    assert len(weights) <= 20


def test_other_languages_are_weighed_by_their_own_words_or_not_at_all() -> None:
    german = "Heute geht es um Kartoffelsuppe. Die Kartoffelsuppe braucht Majoran und Zeit. Und dann ist sie fertig."
    assert "Kartoffelsuppe" in entities(german, "de")["topics"]
    verdict, _ = understand(spoken_film("Ma on a ka ni o.", "haw"))
    assert verdict.fields["media_understanding"]["entities"]["topics"] == []
    assert verdict.evidence["/media_understanding/entities/topics"].unknown_reason


def test_the_page_counts_too() -> None:
    assert "pottery wheel" in entities("", title="My new pottery wheel")["topics"]


def test_measures_numbers_and_labels_of_steps_are_no_topics() -> None:
    recipe = """
    Step one. Mix five hundred grams of flour with three hundred grams of water. Step two. Add ten grams of salt and
    twenty grams of yeast. Step three. Bake the dough for forty minutes at two hundred degrees. Step four. Let the crust
    rest for ten minutes. That is the first way, the second way takes two hours.
    """
    found = entities(recipe)
    named = [*found["topics"], *(keyword["term"] for keyword in found["keywords"])]
    assert {"grams", "degrees", "minutes", "hours", "way"}.isdisjoint(name.casefold() for name in named)
    assert not any(name.casefold().startswith("step") for name in named)
    assert {"flour", "dough"} & {name.casefold() for name in named}


def test_a_measure_beside_a_word_of_content_stays() -> None:
    text = "Decimal degrees are numbers. Decimal degrees replace minutes. Maps use decimal degrees, always."
    assert "decimal degrees" in [topic.casefold() for topic in entities(text)["topics"]]
