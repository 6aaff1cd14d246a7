"""Accounts and wallets as actions: windows that count, passwords that matter, sessions that are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cutroom.actions import accounts, shelf, wallet, windows
from cutroom.actions.service import ServiceConfig
from cutroom.billing import ApprovalMail
from cutroom.kernel.clock import utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.kernel.money import Money
from cutroom.model.account import Account, Caller
from cutroom.model.wallet import AutoReload
from tests.support.site import Backstage


def refused(code: ErrorCode) -> pytest.RaisesExc[CutroomError]:
    return pytest.RaisesExc(CutroomError, check=lambda error: error.code is code)


@pytest.fixture
def account(behind: Backstage) -> Account:
    return behind.account()[0]


@pytest.fixture
def session(account: Account) -> Caller:
    return Caller(account, None)


@pytest.fixture
def by_key(account: Account) -> Caller:
    return Caller(account, "key_of_theirs")


def test_sign_up_log_in_and_every_header(behind: Backstage) -> None:
    email = f"{new_id()}@example.com"
    new = accounts.sign_up(behind.services, email=email, password="correct horse", name="Ada")
    assert new.key_secret.startswith("ve_live_")
    again = accounts.log_in(behind.services, email=email.upper(), password="correct horse")
    assert again.account == new.account
    for headers in (
        (f"Bearer {new.key_secret}", None),
        (f"bearer  {new.key_secret} ", "nonsense"),
        (None, new.key_secret),
        ("", new.key_secret),
        (new.key_secret, None),
        (f"Bearer {again.token}", None),
    ):
        assert accounts.authenticate(behind.services, *headers).account.id == new.account.id
    bad: tuple[tuple[str | None, str | None], ...] = (
        (None, None), ("Bearer ", None), ("Basic abc", new.key_secret), ("Bearer nonsense", None),
    )  # fmt: skip
    for wrong in bad:
        with refused(ErrorCode.NOT_AUTHENTICATED):
            accounts.authenticate(behind.services, *wrong)
    assert wallet.balance(behind.services, Caller(new.account, None)) == Money(500)


def test_guessing_passwords_is_counted_by_account_and_by_address(behind: Backstage) -> None:
    email = f"{new_id()}@example.com"
    for number in range(10):
        with refused(ErrorCode.NOT_AUTHENTICATED):
            accounts.log_in(behind.services, email=email, password="wrong one", address=f"192.0.2.{number}")
    with refused(ErrorCode.RATE_LIMITED):
        accounts.log_in(behind.services, email=email.upper(), password="wrong one", address="192.0.2.77")


def test_sign_ups_are_counted_by_network(behind: Backstage) -> None:
    for number in range(10):
        accounts.sign_up(
            behind.services, email=f"{new_id()}@example.com", password="correct horse", address=f"2001:db8::{number}"
        )
    with refused(ErrorCode.RATE_LIMITED):
        accounts.sign_up(
            behind.services, email=f"{new_id()}@example.com", password="correct horse", address="2001:db8::ffff"
        )


def test_a_bad_sign_up_counts_nowhere(behind: Backstage) -> None:
    for _ in range(12):
        with refused(ErrorCode.INVALID_REQUEST):
            accounts.sign_up(behind.services, email="nobody", password="correct horse", address="198.51.100.1")


def test_keys_and_choices_need_a_session(behind: Backstage, by_key: Caller, session: Caller) -> None:
    for act in (
        lambda: accounts.list_keys(behind.services, by_key),
        lambda: accounts.create_key(behind.services, by_key),
        lambda: accounts.change_key(behind.services, by_key, "x"),
        lambda: accounts.revoke_key(behind.services, by_key, "x"),
        lambda: accounts.webhook_secret(behind.services, by_key),
        lambda: wallet.wallet_settings(behind.services, by_key),
        lambda: wallet.change_wallet_settings(behind.services, by_key),
        lambda: wallet.add_card(behind.services, by_key, "tok_visa"),
        lambda: wallet.remove_card(behind.services, by_key, "x"),
    ):
        with refused(ErrorCode.SESSION_NEEDED):
            act()
    key, secret = accounts.create_key(behind.services, session, prefix="clp_")
    assert secret.startswith("clp_")
    accounts.change_key(behind.services, session, key.id, enabled=False)
    with refused(ErrorCode.KEY_DISABLED):
        accounts.authenticate(behind.services, None, secret)
    accounts.revoke_key(behind.services, session, key.id)
    with refused(ErrorCode.NOT_AUTHENTICATED):
        accounts.authenticate(behind.services, None, secret)


def test_a_reload_needs_leave_password_and_card(behind: Backstage, session: Caller, by_key: Caller) -> None:
    services = behind.services
    with refused(ErrorCode.RELOAD_DISABLED):
        wallet.reload(services, by_key, Money(2500), password="pw")
    wallet.change_wallet_settings(services, session, api_reload_enabled=True, reload_password="pw")
    for wrong in (None, "", "Pw", "pw "):
        with refused(ErrorCode.RELOAD_REFUSED):
            wallet.reload(services, by_key, Money(2500), password=wrong)
    with refused(ErrorCode.NO_CARD):
        wallet.reload(services, by_key, Money(2500), password="pw")
    wallet.add_card(services, session, "tok_visa")
    done = wallet.reload(services, by_key, Money(2500), password="pw")
    assert isinstance(done, wallet.Reloaded)
    assert (done.amount, done.balance) == (Money(2500), Money(3000))
    assert done.payment_intent_id.startswith("pi_")
    wallet.change_wallet_settings(services, session, reload_password="")
    assert isinstance(wallet.reload(services, by_key, Money(500)), wallet.Reloaded)


def test_wrong_passwords_use_the_hour_up_and_bad_amounts_do_not(
    behind: Backstage, session: Caller, by_key: Caller
) -> None:
    services = behind.services
    wallet.change_wallet_settings(services, session, api_reload_enabled=True, reload_password="right")
    wallet.add_card(services, session, "tok_visa")
    for _ in range(12):
        with refused(ErrorCode.INVALID_REQUEST):
            wallet.reload(services, by_key, Money(499), password="right")
    for _ in range(10):
        with refused(ErrorCode.RELOAD_REFUSED):
            wallet.reload(services, by_key, Money(500), password="wrong")
    with refused(ErrorCode.RATE_LIMITED):
        wallet.reload(services, by_key, Money(500), password="right")


def test_a_reload_by_mail(behind: Backstage, session: Caller, by_key: Caller) -> None:
    services = behind.services
    wallet.change_wallet_settings(services, session, api_reload_enabled=True, reload_email_confirmation=True)
    wallet.add_card(services, session, "tok_visa")
    assert wallet.reload(services, by_key, Money(1000)) == wallet.ReloadWaits(Money(1000), by_mail=True)
    token = behind.mails[-1].token
    for _ in range(2):
        assert wallet.look_at_approval(services, token).amount == Money(1000)
    assert isinstance(wallet.approve_reload(services, token), wallet.Reloaded)
    with refused(ErrorCode.NOT_FOUND):
        wallet.approve_reload(services, token)
    assert wallet.balance(services, by_key) == Money(1500)


@pytest.mark.parametrize(
    ("config", "link"),
    [
        (ServiceConfig(public_url="https://clips.example"), "https://clips.example/fastclip/v1/reload/approve?token=T"),
        (ServiceConfig(hosts={"fastclip": "fc.example"}), "https://fc.example/v1/reload/approve?token=T"),
        (ServiceConfig(own_url="http://127.0.0.1:1"), "http://127.0.0.1:1/fastclip/v1/reload/approve?token=T"),
    ],
)
def test_the_link_in_a_mail_is_ours_whatever_the_request_said(config: ServiceConfig, link: str) -> None:
    mail = wallet.approval_mail(config, ApprovalMail("a@example.com", "Ada", Money(2500), "T", utc_now()))
    assert link in mail.text.splitlines()
    assert "25.00" in mail.subject


def test_bought_storage_is_paid_and_counts(behind: Backstage, session: Caller) -> None:
    bought = wallet.buy_storage(behind.services, session, 2)
    assert (bought.cost, bought.balance, bought.use.quota) == (Money(200), Money(300), 3 * 1024**3)
    with refused(ErrorCode.INSUFFICIENT_BALANCE):
        wallet.buy_storage(behind.services, session, 4)
    assert wallet.storage(behind.services, session).use.purchased_gb == 2


def test_spending_asks_for_a_reload_later(behind: Backstage, session: Caller) -> None:
    from dataclasses import replace

    asked: list[Callable[[], object]] = []
    services = replace(behind.services, later=asked.append)
    wallet.add_card(services, session, "tok_visa")
    chosen = AutoReload(enabled=True, threshold=Money(450), amount=Money(1000))
    wallet.change_wallet_settings(services, session, auto_reload=chosen)
    wallet.buy_storage(services, session, 1)
    assert wallet.balance(services, session) == Money(400)
    for act in asked:
        act()
    assert wallet.balance(services, session) == Money(1400)


def test_a_clip_is_named_pinned_shared_and_gone(behind: Backstage, session: Caller) -> None:
    services, clip = behind.services, behind.clip(session.account)
    other = Caller(behind.account()[0], None)
    for act in (shelf.get_clip, shelf.pin_clip, shelf.unpin_clip, shelf.delete_clip):
        with refused(ErrorCode.NOT_FOUND):
            act(services, other, clip.id)
    assert shelf.rename_clip(services, session, clip.id, " New ").name == "New"
    assert shelf.pin_clip(services, session, clip.id).expires is None
    shared = shelf.shared_clip(services, clip.id, "http://asked.example")
    token = shared.links.stream_url.rpartition("/")[2]
    assert shared.links.stream_url.startswith("http://asked.example/files/")
    file = shelf.served_file(services, token)
    assert (file.inline, file.size, file.media_type) == (True, 1000, "video/mp4")
    assert b"".join(shelf.read_file(services, file, 5, 10)) == b"56789"
    assert shelf.list_clips(services, session, surface="clipapi").total_items == 0
    page = shelf.list_clips(services, session, per_page=1)
    assert ([one.id for one in page.clips], page.total_items, page.total_pages) == ([clip.id], 1, 1)
    assert shelf.delete_clip(services, session, clip.id).file_size == 1000
    with refused(ErrorCode.NOT_FOUND):
        shelf.served_file(services, token)
    with refused(ErrorCode.FORBIDDEN):
        shelf.served_file(services, token[:-2] + "xx")
    with refused(ErrorCode.NOT_FOUND):
        shelf.shared_clip(services, clip.id)


@pytest.mark.parametrize("page", [{"page": 0}, {"page": 10**12}, {"per_page": 0}, {"per_page": 101}])
def test_pages_have_bounds(behind: Backstage, session: Caller, page: dict[str, Any]) -> None:
    with refused(ErrorCode.INVALID_REQUEST):
        shelf.list_clips(behind.services, session, **page)


def test_windows_are_of_the_key_or_of_the_address(behind: Backstage, by_key: Caller) -> None:
    services = behind.services
    [window] = windows.request_windows(services, "fastclip", by_key, "192.0.2.1")
    assert (window.limit, window.seconds) == (60, 60)
    [anonymous] = windows.request_windows(services, "fastclip", None, "192.0.2.1")
    assert anonymous.limit == 30
    assert anonymous.key != window.key
    assert windows.request_windows(services, "unknown", by_key, "192.0.2.1") == []
    owner = Caller(behind.account(owner=True)[0], "key")
    assert windows.request_windows(services, "fastclip", owner, "192.0.2.1") == []
    assert windows.hit(services, []) is None
