"""Session tokens: ours are read, everything else is nobody."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.accounts.sessions import Session, Sessions
from cutroom.kernel.clock import utc_now
from tests.accounts.rooms import SECRET

SESSIONS = Sessions(SECRET, 3600)


def claims(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    whole = {"sub": "acc_1", "aud": "cutroom", "iat": now, "exp": now + timedelta(hours=1), "ver": 1}
    return {name: value for name, value in (whole | changes).items() if value is not None}


def signed(key: bytes | str = SESSIONS._key, algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm)


def test_a_clock_that_was_set_back_logs_nobody_out() -> None:
    assert SESSIONS.read(signed(iat=datetime.now(UTC) + timedelta(minutes=30))) == Session("acc_1", 1)


def test_our_own_token_is_read() -> None:
    assert SESSIONS.read(SESSIONS.issue("acc_1", 7)) == Session("acc_1", 7)
    assert SESSIONS.read(signed()) == Session("acc_1", 1)  # so the refusals below are about what they change


def test_it_lasts_as_long_as_it_says() -> None:
    for age, expected in ((3500, Session("a", 1)), (3700, None)):
        past = Sessions(SECRET, 3600, lambda age=age: utc_now() - timedelta(seconds=age))  # type: ignore[misc]
        assert SESSIONS.read(past.issue("a", 1)) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"exp": datetime(2026, 1, 1, tzinfo=UTC)},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"sub": None},
        {"sub": 5},
        {"aud": None},
        {"aud": "somebody else"},
        {"aud": ["cutroom", "somebody else"]},
        {"ver": None},
        {"ver": "1"},
        {"ver": True},
        {"nbf": datetime(2126, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_a_signature_alone_is_not_enough(change: dict[str, Any]) -> None:
    token = base64_token({"alg": "HS256", "typ": "JWT"}, claims(**change), SESSIONS._key)
    assert SESSIONS.read(token) is None


def base64_token(header: dict[str, Any], payload: dict[str, Any], key: bytes | None) -> str:
    """By hand, since the library refuses to sign some of these."""
    numbers = {n: int(v.timestamp()) if isinstance(v, datetime) else v for n, v in payload.items()}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, numbers)]
    body = b".".join(parts)
    signature = b"" if key is None else base64.urlsafe_b64encode(hmac.digest(key, body, hashlib.sha256)).rstrip(b"=")
    return (body + b"." + signature).decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_an_unsigned_token_is_refused(algorithm: str) -> None:
    assert SESSIONS.read(base64_token({"alg": algorithm, "typ": "JWT"}, claims(), None)) is None
    assert SESSIONS.read(base64_token({"alg": algorithm, "typ": "JWT"}, claims(), SESSIONS._key)) is None


def test_another_key_or_algorithm_is_refused() -> None:
    assert SESSIONS.read(signed("another secret, of a sufficient length")) is None
    assert SESSIONS.read(signed(SECRET)) is None  # the server's secret signs other things too
    assert SESSIONS.read(signed(SESSIONS._key * 2, "HS512")) is None
    assert Sessions(SECRET + "!", 3600).read(signed()) is None


@given(st.data())
def test_one_changed_character_is_refused(data: st.DataObject) -> None:
    token = signed()
    # The last character of each part also holds bits that mean nothing.
    meaningful = [i for i in range(len(token) - 1) if token[i] != "." and token[i + 1] != "."]
    index = data.draw(st.sampled_from(meaningful))
    other = data.draw(st.sampled_from("ABab01-_").filter(lambda c: c != token[index]))
    assert SESSIONS.read(token[:index] + other + token[index + 1 :]) is None


@given(st.text(max_size=700) | st.lists(st.text(), min_size=3, max_size=3).map(".".join))
def test_no_text_breaks_it(text: str) -> None:
    assert SESSIONS.read(text) is None


def test_a_header_that_is_a_bomb_is_not_opened() -> None:
    bomb = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 100_000).decode()
    assert SESSIONS.read(f"{bomb}.e30.e30") is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sessions("short", 60)
