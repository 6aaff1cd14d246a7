"""What is said is told by what it does, each with its words and their time; what does nothing is left alone."""

from __future__ import annotations

import pytest

from cutroom.judgement.understanding import text_facts
from cutroom.model.percepts import FileFacts, Percepts, SourceFacts
from cutroom.model.verdicts import Act
from tests.support.scenes import seeing, shown
from tests.support.speech import spoken_film


def acts(text: str, language: str | None = "en") -> tuple[Act, ...]:
    return text_facts(spoken_film(text, language)).acts


def kinds(text: str) -> set[str]:
    return {act.kind for act in acts(text)}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("intro", "Hey everyone, welcome back."),
        ("outro", "Thanks so much for watching, see you next week."),
        ("cta_follow", "If you liked it, subscribe to the channel."),
        ("cta_follow", "Don't forget to hit that bell."),
        ("cta_like", "Smash the like button."),
        ("cta_comment", "Let me know in the comments."),
        ("cta_share", "Please share this video with a friend."),
        ("cta_link", "The link is in my bio."),
        ("cta_buy", "Get yours today with thirty percent off."),
        ("ad", "This video is sponsored by a friend of ours."),
        ("question", "What would you do with a million?"),
        ("problem", "Most people struggle with sleep."),
        ("context", "Back in 2009 nobody had one."),
        ("solution", "Here's how to fix it."),
        ("proof", "Studies show that it works."),
        ("payoff", "In the end we got the house."),
        ("step", "Step two, sand the wood."),
        ("step", "First, boil the water."),
        ("definition", "A haiku is a poem of three lines."),
        ("number", "It costs 40 dollars."),
        ("example", "For example, a lemon."),
        ("promise", "Today I'm going to show you my trick."),
        ("contrast", "Everyone says to wait, but they are wrong."),
        ("second_person", "This is for you."),
        ("story", "One day I was walking home."),
        ("bold_claim", "This will change your life."),
        ("joke", "I ate the whole cake, just kidding."),
        ("open_loop", "Stay until the end to see it."),
        ("answer", "Is it safe? Yes, it is safe."),
        ("filler", "So, um, we went home."),
    ],
)
def test_each_kind(kind: str, text: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("cta_follow", "I followed the river to its source."),
        ("cta_follow", "We subscribe to the theory that birds are dinosaurs."),
        ("cta_like", "I like this video game."),
        ("cta_share", "I share this office with Tom."),
        ("question", "He asked what it was."),
        ("filler", "You know what I like about it."),
        ("step", "We met on the second of May."),
        ("number", "There is 1 way."),
    ],
)
def test_look_alikes(kind: str, text: str) -> None:
    assert kind not in kinds(text)


def test_quotes_are_verbatim_and_timed() -> None:
    text = "Hello there. The bread costs 12 dollars at the market. Subscribe for more."
    full = text
    found = acts(text)
    assert all(act.quote in full and act.start <= act.end for act in found)
    number = next(act for act in found if act.kind == "number")
    # Three words at .4 s and the pause of .25 s before it, three of its own sentence.
    assert (number.quote, number.start, number.segment) == ("12 dollars", 2.25, 1)
    assert [act.start for act in found] == sorted(act.start for act in found)


def test_position_counts() -> None:
    middle = "It was quiet. " * 40
    assert "intro" not in {a.kind for a in acts(middle + "Welcome to the jungle room. " + middle)}
    assert "outro" not in {a.kind for a in acts(middle + "Take care with the knife. " + middle)}


def test_questions_without_marks_are_told_by_their_beginning() -> None:
    assert "question" in kinds("have you ever seen a whale")
    assert "question" not in kinds("what we saw was a whale")


def test_other_languages_have_none() -> None:
    facts = text_facts(spoken_film("Hallo zusammen, heute zeige ich euch 100 Dinge. Abonniert den Kanal!", "de"))
    assert facts.acts == ()
    assert facts.sentiment is None
    assert facts.grade_level is None


def test_what_is_read_on_screen_has_no_segment() -> None:
    text = (shown("Follow for more recipes", 4.0, 6.0), shown("Link in bio", 5.0, 6.0))
    film = Percepts(SourceFacts(), FileFacts(10.0), seeing=seeing(10, text=text))
    found = {(act.kind, act.start, act.end, act.segment) for act in text_facts(film).acts}
    assert {("cta_follow", 4.0, 6.0, None), ("cta_link", 5.0, 6.0, None)} <= found
