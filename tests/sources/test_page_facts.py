"""What sites say of their videos, and what they say that cannot be so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.model.source import PageFacts
from cutroom.sources.page_facts import read_facts
from cutroom.sources.ytdlp_child import describe


class Jar:
    cookiejar: Any = None


def test_what_a_site_says() -> None:
    info = {
        "title": "T", "description": " Hello #tag ", "timestamp": 1_710_180_000, "view_count": 5, "like_count": 2,
        "comment_count": 0, "repost_count": 1.0, "channel_follower_count": 10**6, "track": "Song", "artist": "Band",
        "language": "en", "tags": ["a", "", 7, "b"], "uploader_id": "@me", "formats": [{"format_id": "1"}],
    }  # fmt: skip
    assert read_facts(describe(info, Jar())["said"]) == PageFacts(
        "Hello #tag", "@me", "2024-03-11T18:00:00Z", 5, 2, 0, 1, 10**6, "Song", "Band", "en", ("a", "b")
    )  # fmt: skip


@pytest.mark.parametrize("said", [None, 7, [], {"view_count": "many", "tags": "a", "upload_date": "soon"}])
def test_what_is_of_another_kind_was_not_said(said: Any) -> None:
    assert read_facts(said) == PageFacts()


def test_a_date_without_a_time() -> None:
    assert read_facts({"upload_date": "20260831"}).published_at == "2026-08-31"


@given(st.dictionaries(
    st.sampled_from(["view_count", "timestamp", "upload_date", "tags", "description", "like_count"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers(), max_size=3),
))  # fmt: skip
def test_nothing_it_says_is_too_strange(said: dict[str, Any]) -> None:
    found = read_facts(said)
    assert found.views is None or 0 <= found.views < 1 << 53
