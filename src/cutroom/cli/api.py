"""``cutroom api``."""

from __future__ import annotations

from pathlib import Path

from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Injected, Json, Port, Verbose


def api(
    *,
    host: str | None = None,
    port: Port = None,
    data_dir: Path | None = None,
    json: Json = False,
    verbose: Verbose = False,
    door: Injected,
) -> int:
    """Run the doors of a server alone; workers run elsewhere.

    For several machines: they share a PostgreSQL database (CUTROOM_DATABASE__URL) and a bucket (CUTROOM_STORAGE__URL).

    Parameters
    ----------
    host
        Address to listen on. Beyond loopback CUTROOM_ACCOUNTS__OWNER_PASSWORD is needed.
    port
        Port to listen on; 0 takes a free one. Default: 8000.
    data_dir
        Folder for secrets and, unless set otherwise, database and clips.
    json
        Print address, key and link as one JSON document, errors as JSON on standard error.
    verbose
        Log in detail.
    door
        Handed in by the caller.

    """
    del json
    from cutroom.cli.house import House
    from cutroom.cli.running import run_doors

    run_doors(House.read(host=host, port=port, data_dir=data_dir), door, verbose=verbose, with_worker=False)
    return Exit.OK
