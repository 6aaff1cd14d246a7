"""The owner's key in a file of their own, so that a server can show it at every start.

The database has only the key's hash, as of every key. Whoever can read the file could read the database too.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from cutroom.accounts.keys import looks_like_key
from cutroom.accounts.service import Accounts
from cutroom.db import Transaction
from cutroom.kernel.errors import CutroomError, ErrorCode

_PRIVATE = 0o600
_LONGEST_FILE = 200


class OwnerKey:
    """The file, which only its user can read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def obtain(self, tx: Transaction, accounts: Accounts, *, renew: bool = True) -> str | None:
        """The owner's working key, from the file or made anew; the owner is made where there is none yet.

        The file is written before the transaction ends: were it the other way round, a crash in between would leave
        a working key that nobody knows. A file that names an unknown key is put right by the next call. None when the
        owner has revoked the key and has as many others as are allowed, or where the file has no working key and
        ``renew`` is false: other machines may have it. ``TARGET_NOT_WRITABLE``.
        """
        _, secret = accounts.ensure_owner(tx)
        known = None if secret else self.read()  # only now: the owner's row is held, nobody else is changing the file
        secret = secret or accounts.owner_key(tx, known, renew=renew)
        if secret is not None and secret != known:
            self.write(secret)
        return secret

    def read(self) -> str | None:
        """The key in the file; None when the file is missing, unreadable or holds something else."""
        try:
            with self.path.open("rb") as file:
                text = file.read(_LONGEST_FILE).decode("ascii").strip()
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    os.fchmod(file.fileno(), _PRIVATE)
        except (OSError, UnicodeDecodeError):
            return None
        return text if looks_like_key(text) else None

    def write(self, secret: str) -> None:
        """Replace the file in one step; nobody ever sees half of it, or is able to read it who should not."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._replace(secret)
        except OSError as error:
            raise CutroomError(
                ErrorCode.TARGET_NOT_WRITABLE,
                "The owner's key cannot be written to the data folder.",
                next_step="Make the folder writable for the server.",
                detail=str(error),
            ) from error

    def _replace(self, secret: str) -> None:
        number, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # mode 0600
        try:
            with os.fdopen(number, "w") as file:
                file.write(secret + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
