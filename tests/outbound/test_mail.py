"""Mail goes out as one message to one reader, or honestly not at all."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.outbound.mail import FolderMailer, Mail, Mailer, MailSecurity, SmtpConfig, SmtpMailer, compose
from tests.support.certificate import PEM

MAIL = Mail("ada@example.com", "Confirm your reload", "Open this:\n\nhttps://clips.example/reload/approve?token=abc\n")
SENDER = "clips@clips.example"
pytestmark = pytest.mark.enable_socket


class Inbox:
    """What a mail server got; it refuses some on request."""

    def __init__(self, rcpt: str = "250 OK", data: str = "250 OK") -> None:
        self.got: list[Envelope] = []
        self.encrypted: list[bool] = []
        self._rcpt, self._data = rcpt, data

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self._rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        self.got.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return self._data

    def only(self) -> EmailMessage:
        assert len(self.got) == 1
        content = self.got[0].content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message


@contextmanager
def server(inbox: Inbox, **options: Any) -> Iterator[int]:
    """A mail server on this machine; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    # Named here, or it would ask a name server who it is.
    controller = Controller(inbox, hostname="127.0.0.1", port=port, server_hostname="mail.example", **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def server_side(tmp_path: Path) -> ssl.SSLContext:
    (tmp_path / "server.pem").write_text(PEM)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem")
    return context


@pytest.fixture
def trust() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=PEM)


def plain(port: int, **options: Any) -> SmtpMailer:
    return SmtpMailer(SmtpConfig("127.0.0.1", port, SENDER, security=MailSecurity.NONE, **options))


def code_of(mailer: Mailer, mail: Mail = MAIL) -> ErrorCode:
    with pytest.raises(CutroomError) as caught:
        mailer.send(mail)
    assert "127.0.0.1" not in str(caught.value)
    return caught.value.code


def test_a_mail_arrives_whole_and_says_what_it_is() -> None:
    inbox = Inbox()
    with server(inbox) as port:
        plain(port, sender_name="Clips of Jörg").send(
            Mail("ada@example.com", "Größe: 5 €", "Zwölf\n.\nhttps://x/?a=b\n")
        )
    assert inbox.got[0].rcpt_tos == ["ada@example.com"]
    assert inbox.got[0].mail_from == SENDER
    message = inbox.only()
    assert message["To"] == "ada@example.com"
    assert message["From"] == f"Clips of Jörg <{SENDER}>"
    assert message["Subject"] == "Größe: 5 €"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@clips.example>")
    assert message["Date"].datetime.tzinfo is not None
    assert message.get_content().replace("\r\n", "\n") == "Zwölf\n.\nhttps://x/?a=b\n"


def test_a_long_link_is_not_broken() -> None:
    link = "https://clips.example/reload/approve?token=" + "x" * 900
    inbox = Inbox()
    with server(inbox) as port:
        plain(port).send(Mail("ada@example.com", "Link", f"Open {link}\n"))
    assert link in inbox.only().get_content()


def test_it_can_be_sent_from_a_thread_of_a_running_loop() -> None:
    inbox = Inbox()

    async def door(port: int) -> None:
        await asyncio.to_thread(plain(port).send, MAIL)

    with server(inbox) as port:
        asyncio.run(door(port))
    assert inbox.only()["Subject"] == MAIL.subject


def test_starttls_and_a_login(server_side: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    inbox = Inbox()
    seen: list[tuple[bytes, bytes]] = []

    def authenticator(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    options = {
        "tls_context": server_side,
        "require_starttls": True,
        "authenticator": authenticator,
        "auth_required": True,
    }
    with server(inbox, **options) as port:
        config = SmtpConfig("127.0.0.1", port, SENDER, user="u", password="right")
        SmtpMailer(config, trust=trust).send(MAIL)
        wrong = SmtpConfig("127.0.0.1", port, SENDER, user="u", password="wrong")
        assert code_of(SmtpMailer(wrong, trust=trust)) is ErrorCode.INTERNAL
    assert inbox.encrypted == [True]
    assert (b"u", b"right") in seen
    assert "right" not in repr(config)


def test_tls_from_the_start(server_side: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    inbox = Inbox()
    with server(inbox, ssl_context=server_side) as port:
        SmtpMailer(SmtpConfig("127.0.0.1", port, SENDER, security=MailSecurity.TLS), trust=trust).send(MAIL)
    assert inbox.only()["Subject"] == MAIL.subject


def test_a_server_that_cannot_encrypt_or_prove_itself_gets_nothing(server_side: ssl.SSLContext) -> None:
    inbox = Inbox()
    with server(inbox) as port:
        assert code_of(SmtpMailer(SmtpConfig("127.0.0.1", port, SENDER))) is ErrorCode.INTERNAL
    with server(inbox, tls_context=server_side) as port:
        assert code_of(SmtpMailer(SmtpConfig("127.0.0.1", port, SENDER))) is ErrorCode.INTERNAL
    assert inbox.got == []


def test_a_refused_reader_is_told_apart_from_a_server_that_fails() -> None:
    with server(Inbox(rcpt="550 no such user")) as port:
        assert code_of(plain(port)) is ErrorCode.INVALID_REQUEST
    with server(Inbox(rcpt="451 try later")) as port:
        assert code_of(plain(port)) is ErrorCode.INTERNAL
    with server(Inbox(data="554 not today")) as port:
        assert code_of(plain(port)) is ErrorCode.INTERNAL


def test_a_server_that_is_not_there_or_says_nothing_is_an_error_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = int(silent.getsockname()[1])
        assert code_of(plain(port)) is ErrorCode.INTERNAL  # nobody listens yet
        silent.listen()
        assert code_of(plain(port, timeout=0.2)) is ErrorCode.INTERNAL


INJECTIONS = ["\r\nBcc: all@example.com", "\nX: y", "\r", "\x00", "\u2028", "\x0b", "\ud800", ", all@example.com"]


@pytest.mark.parametrize("tail", INJECTIONS, ids=ascii)
def test_what_would_make_headers_or_readers_of_its_own_is_refused(tail: str) -> None:
    nobody = plain(1)  # had it come to a connection, the error would be another
    for mailer in (nobody, FolderMailer(Path("/nonexistent"))):
        assert code_of(mailer, Mail("ada@example.com" + tail, "Hi", "text")) is ErrorCode.INVALID_REQUEST
        if "," not in tail:
            assert code_of(mailer, Mail("ada@example.com", "Hi" + tail, "text")) is ErrorCode.INVALID_REQUEST
    assert "," in tail or code_of(plain(1, sender_name="x" + tail)) is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("to", ["", "ada", "@", "ada@", "@example.com", "<ada@example.com>", "a@b@c", "a b@c.d", "(a)"])
def test_what_is_not_one_address_is_refused(to: str) -> None:
    assert code_of(FolderMailer(Path("/nonexistent")), Mail(to, "Hi", "text")) is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("subject", ["", "x" * 201])
def test_subjects_have_bounds(subject: str) -> None:
    assert (
        code_of(FolderMailer(Path("/nonexistent")), Mail("ada@example.com", subject, "text"))
        is ErrorCode.INVALID_REQUEST
    )


addresses = st.builds("{}@{}".format, st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))


@given(addresses | st.emails(), st.text(min_size=1, max_size=100), st.text())
def test_whatever_is_given_a_message_has_its_own_headers_and_one_reader(to: str, subject: str, text: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    try:
        message = compose(Mail(to, subject, text), sender=SENDER, sender_name="Cutroom", clock=lambda: moment)
    except CutroomError:
        return
    read = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    names = [name.lower() for name in read]
    assert len(names) == len(set(names))
    assert set(names) <= {
        "from", "to", "subject", "date", "message-id", "auto-submitted", "content-type", "mime-version",
        "content-transfer-encoding",
    }  # fmt: skip
    assert len(read["To"].addresses) == 1


def test_without_a_mail_server_the_operator_finds_the_mail_in_a_folder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mailer: Mailer = FolderMailer(tmp_path / "mail")
    with caplog.at_level(logging.INFO, logger="cutroom"):
        mailer.send(MAIL)
        mailer.send(MAIL)
    first, second = sorted((tmp_path / "mail").iterdir())
    for path in (first, second):
        read = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert "https://clips.example/reload/approve?token=abc" in read.get_content()
        assert read["To"].addresses[0].addr_spec == "ada@example.com"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.name in caplog.text
    assert (tmp_path / "mail").stat().st_mode & 0o777 == 0o700
    assert "token" not in caplog.text
    assert caplog.records[0].levelno >= logging.WARNING  # the default level must not hide it


def test_a_folder_that_takes_no_mail_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "mail").touch()
    assert code_of(FolderMailer(tmp_path / "mail"), MAIL) is ErrorCode.INTERNAL
