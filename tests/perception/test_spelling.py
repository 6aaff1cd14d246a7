"""What is written, as it is said; and how words sound that no dictionary has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.perception.adapters.sphinx_model import load as load_model
from cutroom.perception.adapters.sphinx_model import model_folder
from cutroom.perception.letter_sounds import sounds_of
from cutroom.perception.pronouncing import Pronouncing, load
from cutroom.perception.spelling import spoken

folder = model_folder()
pytestmark = pytest.mark.skipif(folder is None, reason="pocketsphinx is not installed")


@pytest.fixture(scope="module")
def pronouncing() -> Pronouncing:
    assert folder is not None
    return load(folder)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("don\u2019t", "don't"),
        ("1999,", "nineteen ninety nine"),
        ("2008", "two thousand eight"),
        ("$25.50", "twenty five dollars and fifty cents"),
        ("$1.5M", "one point five million dollars"),
        ("\u00a31", "one pound"),
        ("7:30", "seven thirty"),
        ("3rd", "third"),
        ("20th", "twentieth"),
        ("1980s", "nineteen eighties"),
        ("100%", "one hundred percent"),
        ("3.14", "three point one four"),
        ("007", "oh oh seven"),
        ("example.com", "example dot com"),
        ("https://www.example.com/a", "example dot com slash a"),
        ("U.S.", "u s"),
        ("SAVE20", "save twenty"),
        ("Dr.", "doctor"),
        ("well-known", "well known"),
        ("word\u2014word", "word word"),
        ("24/7", "twenty four seven"),
        ("na\u00efve", "naive"),
        ("&", "and"),
    ],
)
def test_signs_and_numbers_are_said_in_words(written: str, said: str) -> None:
    assert tuple(said.split()) in spoken(written)


@pytest.mark.parametrize("written", ["--", "...", "\u266a", "", "'", "\u2026"])
def test_what_has_no_sound_has_no_words(written: str) -> None:
    assert spoken(written) == []


@given(st.text(max_size=80))
def test_anything_is_spelled_in_a_few_ways(token: str) -> None:
    ways = spoken(token)
    assert len(ways) <= 4
    assert all(way and all(word and " " not in word for word in way) for way in ways)


@given(st.integers(0, 10**15 - 1))
def test_every_number_has_a_name(number: int) -> None:
    assert spoken(str(number))


@given(st.text(max_size=60))
def test_every_sound_is_one_of_the_model(token: str) -> None:
    assert folder is not None
    phones = set(load_model(folder).phones)
    assert set(sounds_of(token)) <= phones
    for way in load(folder).of_token(token):
        assert way
        assert set(way) <= phones


@pytest.mark.parametrize(
    ("token", "sounds"),
    [
        ("TikTok's", "T IH K T AA K S"),
        ("GitHub", "G IH T HH AH B"),
        ("npm", "EH N P IY EH M"),
        ("doomscrolling", "D UW M S K R OW L IH NG"),
        ("NASA", "N AE S AH"),
        ("AI", "EY AY"),
    ],
)
def test_names_that_no_dictionary_has(pronouncing: Pronouncing, token: str, sounds: str) -> None:
    assert tuple(sounds.split()) in pronouncing.of_token(token)


def test_other_scripts_have_no_sound_of_english(pronouncing: Pronouncing) -> None:
    assert pronouncing.of_token("\u041f\u0440\u0438\u0432\u0435\u0442") == []
