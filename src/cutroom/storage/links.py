"""Links to stored files that need no key: signed, for a time, each for one file under one name."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass

from itsdangerous import BadData, URLSafeSerializer

from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.storage.keys import check_key

_SALT = "cutroom.links.1"
_LEAST_SECRET = 16
_LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """What a link leads to."""

    key: str
    file_name: str
    media_type: str
    inline: bool
    """Shown in the browser; otherwise saved under ``file_name``."""


class Links:
    """Makes and reads the tokens of links. ``secret`` has at least 16 characters; another one ends every link."""

    def __init__(self, secret: str, clock: Clock = utc_now) -> None:
        if len(secret) < _LEAST_SECRET:
            msg = f"the secret for links needs at least {_LEAST_SECRET} characters"
            raise ValueError(msg)
        self._clock = clock
        self._serializer = URLSafeSerializer(
            secret, salt=_SALT, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )

    def sign(self, target: LinkTarget, *, seconds: float) -> str:
        """A token of URL-safe characters that ``read`` takes for so many seconds."""
        return self.sign_until(target, self._clock().timestamp() + seconds)

    def sign_until(self, target: LinkTarget, moment: float) -> str:
        """The same until ``moment`` (s since 1970): the same link for whoever asks twice."""
        check_key(target.key)
        return self._serializer.dumps([moment, *astuple(target)])

    def read(self, token: str) -> LinkTarget:
        """What was signed. Raises ``CutroomError``: FORBIDDEN for what we did not sign, NOT_FOUND when it expired."""
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            raise _forged("too long, or not ASCII")
        try:
            expires, key, file_name, media_type, inline = self._serializer.loads(token)
        except (BadData, ValueError) as error:
            raise _forged(str(error)) from error
        if self._clock().timestamp() >= expires:
            raise CutroomError(ErrorCode.NOT_FOUND, "This link has expired.", next_step="Ask for a new one.")
        return LinkTarget(key, file_name, media_type, inline)


def _forged(detail: str) -> CutroomError:
    return CutroomError(ErrorCode.FORBIDDEN, "This link is not valid.", next_step="Ask for a new one.", detail=detail)
