"""Mail: a few plain sentences with a link, through the operator's SMTP server, or into a folder where there is none.

The only home of aiosmtplib. The server is the operator's choice and may be in their own network, so mail does not go
through the egress proxy.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import unicodedata
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id

_log = logging.getLogger(__name__)
_LONGEST_SUBJECT = 200
# One address and nothing that a parser of headers could take for more: no quotes, brackets, lists or encoded words.
_ADDRESS = re.compile(r"(?P<local>[^\s@<>()\[\]\\,;:\"]+)@(?P<domain>[^\s@<>()\[\]\\,;:\"]+)")


class MailSecurity(StrEnum):
    """Encrypted from the start (port 465), encrypted before anything is said (587), or not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    """Where mail is handed over. ``sender`` is the address that readers see."""

    host: str
    port: int
    sender: str
    sender_name: str = "Cutroom"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    security: MailSecurity = MailSecurity.STARTTLS
    timeout: float = 20.0
    """s for each step of the conversation"""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one reader."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Hands mail on. Blocks: call it in a thread, outside transactions."""

    def send(self, mail: Mail) -> None:
        """``INVALID_REQUEST`` for an address or subject no mail can have, ``INTERNAL`` when it was not taken."""
        ...


class FolderMailer:
    """For a server without a mail server: every message is a file that the operator can read, and nobody else.

    Not the log: what a message is for is usually a link that opens something, and logs go places.
    """

    def __init__(self, folder: Path, *, clock: Clock = utc_now) -> None:
        self._folder = folder
        self._clock = clock

    def send(self, mail: Mail) -> None:
        message = compose(mail, sender="cutroom@localhost.localdomain", sender_name="Cutroom", clock=self._clock)
        name = f"{self._clock():%Y%m%d-%H%M%S}-{new_id(8)}.eml"
        part = self._folder / f"{name}.part"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.touch(mode=0o600)
            part.write_bytes(bytes(message))
            part.replace(self._folder / name)
        except OSError as error:
            raise _failure(error, for_good=False) from error
        _log.warning("There is no mail server; the mail to %s is the file %s in %s", message["To"], name, self._folder)


class SmtpMailer:
    """One connection for each message: there are few."""

    def __init__(self, config: SmtpConfig, *, trust: ssl.SSLContext | None = None, clock: Clock = utc_now) -> None:
        self._config = config
        self._trust = trust
        self._clock = clock

    def send(self, mail: Mail) -> None:
        config = self._config
        message = compose(mail, sender=config.sender, sender_name=config.sender_name, clock=self._clock)
        asyncio.run(self._hand_over(message, mail.to))

    async def _hand_over(self, message: EmailMessage, to: str) -> None:
        import aiosmtplib

        config = self._config
        try:
            await aiosmtplib.send(
                message,
                sender=config.sender,
                recipients=[to],
                hostname=config.host,
                port=config.port,
                username=config.user,
                password=config.password,
                use_tls=config.security is MailSecurity.TLS,
                start_tls=config.security is MailSecurity.STARTTLS,
                tls_context=None if config.security is MailSecurity.NONE else self._trust or _system_trust(),
                timeout=config.timeout,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _failure(error, for_good=_refused_for_good(error)) from error


def compose(mail: Mail, *, sender: str, sender_name: str, clock: Clock = utc_now) -> EmailMessage:
    """The message with its headers; ``CutroomError(INVALID_REQUEST)`` for text that would make headers of its own."""
    if not mail.subject or len(mail.subject) > _LONGEST_SUBJECT or _has_control(mail.subject + sender_name):
        raise CutroomError(ErrorCode.INVALID_REQUEST, "The subject of a mail is one line of text.")
    reader, writer = _address(mail.to), _address(sender, sender_name)
    # Letters beyond ASCII in an address cannot be encoded in a header, only written as they are (RFC 6531).
    message = EmailMessage(policy=policy.default if mail.to.isascii() else policy.SMTPUTF8)
    message["From"] = writer
    try:
        message["To"] = reader
    except (HeaderParseError, IndexError, ValueError) as error:  # the parser of headers stumbles over some texts
        raise _no_address() from error
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(clock())
    message["Message-ID"] = make_msgid(domain=writer.domain)
    message["Auto-Submitted"] = "auto-generated"  # no answers from holiday robots
    message.set_content(mail.text)
    if not _reads_back(message, reader):
        raise _no_address()
    return message


def _reads_back(message: EmailMessage, reader: Address) -> bool:
    """Whether whoever gets the message finds the reader in it. For some odd addresses the library writes other ones."""
    try:
        [read] = message_from_bytes(bytes(message), policy=policy.default)["To"].addresses
    except (HeaderParseError, IndexError, ValueError):
        return False
    return (read.username, read.domain) == (reader.username, reader.domain)


def _address(address: str, name: str = "") -> Address:
    parts = _ADDRESS.fullmatch(address)
    if parts is None or _has_control(address) or "=?" in address:
        raise _no_address()
    try:
        return Address(name, parts["local"], parts["domain"])
    except (HeaderParseError, IndexError, ValueError) as error:
        raise _no_address() from error


def _no_address() -> CutroomError:
    return CutroomError(ErrorCode.INVALID_REQUEST, "This is not one e-mail address.", field="email")


def _has_control(text: str) -> bool:
    return any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text)


def _system_trust() -> ssl.SSLContext:
    """The system's certificates, and the bundled ones where it has none."""
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _refused_for_good(error: Exception) -> bool:
    """Whether the server knows the address to be wrong; by codes from 400 to 499 it only asks for patience."""
    import aiosmtplib

    if not isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return False
    return all(refusal.code >= 500 for refusal in error.recipients)


def _failure(error: Exception, *, for_good: bool) -> CutroomError:
    detail = f"{type(error).__name__}: {error}"[:500]
    if for_good:
        sentence = "The mail server does not take mail for this address."
        return CutroomError(ErrorCode.INVALID_REQUEST, sentence, next_step="Check it.", field="email", detail=detail)
    return CutroomError(ErrorCode.INTERNAL, "The mail could not be sent.", next_step="Try again later.", detail=detail)
