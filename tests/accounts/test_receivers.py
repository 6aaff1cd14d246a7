"""Where messages may be sent to, as far as a link says."""

from __future__ import annotations

import pytest

from cutroom.accounts.receivers import checked_receiver
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import LONGEST_WEBHOOK

LONG = "https://example.com/"


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/hook", "HTTP://example.com", "http://[2606:4700::1111]:8080/a?b=c",
        LONG.ljust(LONGEST_WEBHOOK, "x"),
    ],
)  # fmt: skip
def test_links_are_taken_as_they_are(link: str) -> None:
    assert checked_receiver(f" {link}\n") == link


@pytest.mark.parametrize(
    "link",
    [
        "", "example.com", "//example.com", "ftp://example.com", "https://", "https:///x", "http://[::1", "http://a:99999",
        "http://a:0", "https://a b.com", "https://a.com/\x00", "https://a.com/\r\nX: y", "https://a.com/\ud800",
        LONG.ljust(LONGEST_WEBHOOK + 1, "x"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_one_sentence(link: str) -> None:
    with pytest.raises(CutroomError) as caught:
        checked_receiver(link)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert caught.value.message == "url must be an http or https link of at most 2048 characters."
