"""Hashtags, handles and addresses: the exact set, in any script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.judgement.tags import hashtags, mentions, urls


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#one #Two, (#three) #ONE", ("#one", "#Two", "#three")),
        ("#日本語タグ #हिन्दी #über #café #día_de", ("#日本語タグ", "#हिन्दी", "#über", "#café", "#día_de")),
        ("#1 #2024 #2024goals", ("#2024goals",)),
        ("C# a#b &#39; https://x.org/p#part #", ()),
        ("#a#b", ("#a", "#b")),
        ("\uff03全角", ("#全角",)),
        ("##double", ("#double",)),
        ("#tag's #end.", ("#tag", "#end")),
    ],
)
def test_hashtags(text: str, tags: tuple[str, ...]) -> None:
    assert hashtags([text]) == tags


def test_mentions_leave_mail_alone() -> None:
    assert mentions(["@one, mail me@site.com @a.b. by @x_y! https://t.me/@z"]) == ("@one", "@a.b", "@x_y")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.org/b_(c)).", ("https://a.org/b_(c)",)),
        ("visit www.test.org, or Shop.Example.com/x?y=1!", ("www.test.org", "Shop.Example.com/x?y=1")),
        ("it costs 3.5 e.g. at home.he said", ()),
        ("me@example.com", ()),
    ],
)
def test_urls(text: str, found: tuple[str, ...]) -> None:
    assert urls([text]) == found


@given(st.text(alphabet="#@a1_. /ж", max_size=60))
def test_what_is_found_is_there(text: str) -> None:
    assert all(tag in text and any(letter.isalpha() for letter in tag) for tag in hashtags([text]))
    assert all(handle in text for handle in mentions([text]))
