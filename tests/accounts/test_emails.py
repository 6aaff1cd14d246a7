"""One person, one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.accounts.emails import checked_email, fold_email, is_email
from cutroom.kernel.errors import ErrorCode
from tests.accounts.rooms import refusal

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
words = st.text(LETTERS, min_size=1, max_size=20)
plain = st.builds("{}@{}.{}".format, words, words, words)


@given(plain)
def test_case_and_blanks_around_make_no_difference(email: str) -> None:
    spellings = {email, email.upper(), email.lower(), email.swapcase(), f"  {email}\n"}
    assert {checked_email(spelling) for spelling in spellings} == {email.lower()}


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_email(fold_email(text)) == fold_email(text)


@given(st.text() | st.builds("{}@{}".format, st.text(), st.text()))
def test_what_is_taken_for_an_address_has_one_at_and_nothing_invisible(text: str) -> None:
    folded = fold_email(text)
    if is_email(folded):
        assert folded.count("@") == 1
        assert folded.isprintable()
        assert " " not in folded
        assert len(folded.encode()) <= 254


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.com",
        "ada+tag@sub.example.co.uk",
        "o'neil_%x@ex-ample.org",
        "a.b.c@1.example",
        "jörg@bücher.example",
        "x@" + "a" * 63 + ".de",
    ],
)
def test_addresses_of_all_kinds_are_taken(email: str) -> None:
    assert checked_email(email) == email


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "a@b@example.com",
        "ada@example..com",
        "ada@.example.com",
        "ada@example.com.",
        "ada@-example.com",
        "ada@exam_ple-.com",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        "ada lovelace@example.com",
        "ada@exam ple.com",
        "ada@example.com\nBcc: all@example.com",
        "ada\x00@example.com",
        "ada\ud800@example.com",
        "ada\u202e@example.com",
        "<ada@example.com>",
        '"ada"@example.com',
        "ada,bob@example.com",
        "x" * 65 + "@example.com",
        "x@" + ".".join(["a" * 60] * 5),
        "x@" + "a" * 64 + ".de",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    assert refusal(lambda: checked_email(email)) is ErrorCode.INVALID_REQUEST
