"""Links: what we signed is taken until its time is over; nothing else ever is."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.storage import Links, LinkTarget
from tests.library.shelf import StandingClock

SECRET = "a secret of more than sixteen letters"
TARGET = LinkTarget("clips/k3/k3v9/ab.mp4", "clip_2-00-3-00.mp4", "video/mp4", inline=False)
ANY_NAME = st.text(st.characters(codec="utf-8"), max_size=120)


def refusal(links: Links, token: str) -> ErrorCode:
    with pytest.raises(CutroomError) as caught:
        links.read(token)
    return caught.value.code


@given(ANY_NAME, st.booleans())
def test_what_was_signed_is_read(name: str, inline: bool) -> None:
    links = Links(SECRET)
    target = LinkTarget(TARGET.key, name, "video/mp4", inline)
    token = links.sign(target, seconds=60)
    assert links.read(token) == target
    assert all(character.isalnum() or character in "-_." for character in token)


def test_a_link_ends_in_time() -> None:
    clock = StandingClock()
    links = Links(SECRET, clock)
    token = links.sign(TARGET, seconds=60)
    clock.pass_time(timedelta(seconds=59.9))
    assert links.read(token) == TARGET
    clock.pass_time(timedelta(seconds=0.1))
    assert refusal(links, token) is ErrorCode.NOT_FOUND


@given(st.data())
def test_one_changed_character_is_refused(data: st.DataObject) -> None:
    links = Links(SECRET, StandingClock())
    token = links.sign(TARGET, seconds=60)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("abcXYZ019-_.").filter(lambda c: c != token[at]))
    changed = token[:at] + other + token[at + 1 :]
    # The last letter of a base64 text has bits that mean nothing: another spelling of the same bytes.
    same = at == len(token) - 1 and _bytes(changed) == _bytes(token)
    assert same or refusal(links, changed) is ErrorCode.FORBIDDEN


def _bytes(token: str) -> bytes:
    text = token.rpartition(".")[2]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: base64.urlsafe_b64encode(b).decode()))
def test_gibberish_is_refused(token: str) -> None:
    assert refusal(Links(SECRET), token) is ErrorCode.FORBIDDEN


@pytest.mark.parametrize("token", ["", ".", "...", "\x00", "\ud800", "日本", "a" * 5000, "." * 5000])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refusal(Links(SECRET), token) is ErrorCode.FORBIDDEN


def test_links_of_another_secret_are_refused_also_when_expired() -> None:
    clock = StandingClock()
    token = Links("another secret, as long as it must be", clock).sign(TARGET, seconds=60)
    assert refusal(Links(SECRET, clock), token) is ErrorCode.FORBIDDEN
    clock.pass_time(timedelta(days=1))
    assert refusal(Links(SECRET, clock), token) is ErrorCode.FORBIDDEN


def test_the_parts_of_two_tokens_do_not_mix() -> None:
    links = Links(SECRET)
    one = links.sign(TARGET, seconds=60)
    other = links.sign(LinkTarget("clips/zz/zz/00.mp4", "x", "video/mp4", inline=True), seconds=60)
    assert refusal(links, f"{other.rpartition('.')[0]}.{one.rpartition('.')[2]}") is ErrorCode.FORBIDDEN


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 characters"):
        Links("short")


def test_only_keys_are_signed() -> None:
    with pytest.raises(CutroomError):
        Links(SECRET).sign(LinkTarget("../../etc/passwd", "x", "text/plain", inline=True), seconds=5)


def test_the_longest_names_make_tokens_that_are_read() -> None:
    links = Links(SECRET)
    name = "".join(chr(0x4E00 + n * 7) for n in range(200)) + ".mp4"
    target = LinkTarget("a" * 100 + "/" + "b" * 100, name, "video/mp4", inline=True)
    assert links.read(links.sign(target, seconds=5)) == target
