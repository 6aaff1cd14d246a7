"""Passwords are hashed dearly, compared fairly, and never tell by the clock whether an account is there."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pwdlib.hashers.argon2 import Argon2Hasher

from cutroom.accounts import PasswordCost, Passwords
from cutroom.kernel.errors import CutroomError, ErrorCode
from tests.accounts.rooms import CHEAP, refusal

passwords_of_people = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=60)
_passwords = Passwords(CHEAP)


@settings(max_examples=50)
@given(passwords_of_people, passwords_of_people)
def test_a_password_fits_itself_and_no_other(one: str, other: str) -> None:
    stored = _passwords.hash(one)
    assert _passwords.verify(one, stored) == (True, None)
    assert one not in stored
    if _passwords.verify(other, stored)[0]:
        import unicodedata

        assert unicodedata.normalize("NFKC", one) == unicodedata.normalize("NFKC", other)


def test_the_same_letters_typed_on_another_system_fit(passwords: Passwords) -> None:
    assert passwords.verify("pass-wo\u0308rter", passwords.hash("pass-w\u00f6rter"))[0]


def test_two_hashes_of_one_password_differ(passwords: Passwords) -> None:
    assert passwords.hash("correct horse") != passwords.hash("correct horse")


def test_the_default_is_argon2id_at_the_recommended_cost() -> None:
    assert Passwords().hash("correct horse").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025, "12345678\ud800"])
def test_unfit_passwords_are_refused(passwords: Passwords, password: str) -> None:
    assert refusal(lambda: passwords.hash(password)) is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("password", ["12345678", "x" * 1024, "\x00" * 8, "🔑" * 8])
def test_the_bounds_are_included(passwords: Passwords, password: str) -> None:
    assert passwords.verify(password, passwords.hash(password))[0]


@given(st.text())
@example("x" * 5000)
@example("\ud800")
def test_no_text_breaks_a_comparison(password: str) -> None:
    stored = _passwords.hash("correct horse")
    for hashed in (stored, None, "", "$argon2id$", "plain text"):
        assert _passwords.verify(password, hashed) == (password == "correct horse" and hashed == stored, None)


def test_a_hash_of_another_cost_is_renewed_when_the_password_is_known(passwords: Passwords) -> None:
    old = Argon2Hasher(time_cost=2, memory_cost=16, parallelism=1).hash("correct horse")
    assert passwords.verify("wrong horse", old) == (False, None)
    fits, newer = passwords.verify("correct horse", old)
    assert fits
    assert newer is not None
    assert passwords.verify("correct horse", newer) == (True, None)


def test_an_unknown_account_costs_as_much_time_as_a_wrong_password() -> None:
    passwords = Passwords(PasswordCost(rounds=2, memory_kib=8192, lanes=1))
    stored = passwords.hash("correct horse")
    cases: dict[str, Callable[[], object]] = {
        "wrong": lambda: passwords.verify("battery staple", stored),
        "unknown": lambda: passwords.verify("battery staple", None),
        "broken hash": lambda: passwords.verify("battery staple", "?"),
        "far too long": lambda: passwords.verify("x" * 100_000, stored),
    }
    spent: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(7):
        for name, case in cases.items():
            before = time.thread_time()  # of this thread alone, whatever else the machine is doing
            case()
            spent[name].append(time.thread_time() - before)
    medians = {name: statistics.median(values) for name, values in spent.items()}
    assert min(medians.values()) > 0.6 * max(medians.values()), medians


def test_too_many_at_once_are_turned_away_instead_of_holding_every_thread() -> None:
    passwords = Passwords(CHEAP, at_once=1, patience=0.05)
    with passwords._slot():
        assert refusal(lambda: passwords.hash("correct horse")) is ErrorCode.RATE_LIMITED
        assert refusal(lambda: passwords.verify("correct horse", None)) is ErrorCode.RATE_LIMITED
    assert passwords.verify("correct horse", passwords.hash("correct horse"))[0]


def test_a_failure_gives_the_slot_back() -> None:
    passwords = Passwords(CHEAP, at_once=1, patience=0.05)
    for _ in range(3):
        with pytest.raises(CutroomError):
            passwords.hash("short")
    assert passwords.hash("correct horse")
