"""``cutroom migrate``."""

from __future__ import annotations

from pathlib import Path

from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Injected, Json, Verbose


def migrate(*, data_dir: Path | None = None, json: Json = False, verbose: Verbose = False, door: Injected) -> int:
    """Bring a server's tables up to date.

    ``cutroom serve`` does so by itself; before ``cutroom api`` and ``cutroom worker`` on PostgreSQL run this once.

    Parameters
    ----------
    data_dir
        The server's folder, where the database is not set otherwise.
    json
        Print one JSON document on standard output, errors as JSON on standard error.
    verbose
        Say on standard error in detail what happens.
    door
        Handed in by the caller.

    """
    del json, verbose
    from cutroom.cli.house import House

    with House.read(data_dir=data_dir).office() as office:
        changed = office.migrate()
    if door.as_json:
        door.document({"changed": changed})
    else:
        door.say("The tables are up to date now." if changed else "The tables were up to date.")
    return Exit.OK
