"""Words are counted as people count them, and told common from rare."""

from __future__ import annotations

import pytest

from cutroom.judgement.words import common, count, english, places, rarity, stem, stop_words, tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two", 2),
        ("don't stop - 3 times!", 4),
        ("... \u2014", 0),
        ("今日は", 3),
        ("naïve café", 2),
        ("你好 world", 3),
    ],
)
def test_count(text: str, words: int) -> None:
    assert count(text) == words


def test_common_words_and_rare_ones() -> None:
    assert rarity("the") < rarity("bread") < rarity("sourdough")
    assert common("panels")
    assert not common("zyzzyva")


@pytest.mark.parametrize(
    ("a", "b"), [("panels", "panel"), ("baking", "bake"), ("stopped", "stop"), ("stories", "story")]
)
def test_endings(a: str, b: str) -> None:
    assert stem(a) == stem(b)


def test_english_is_told_by_its_words_where_no_language_is_given() -> None:
    assert english(["this is what we want to say"])
    assert not english(["das ist ein schöner Tag heute"])
    assert english(["das ist"], "en-US")
    assert not english(["this is"], "de")
    assert not english([])


def test_lists() -> None:
    assert "the" in (stop_words("en-GB") or ())
    assert stop_words("xx") is None
    assert places()["Jordan"]
    assert not places()["Norway"]
    assert tokens("It\u2019s Ours") == ["it's", "ours"]
