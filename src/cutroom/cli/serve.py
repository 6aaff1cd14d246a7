"""``cutroom serve``."""

from __future__ import annotations

from pathlib import Path

from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Injected, Json, Port, Verbose


def serve(
    *,
    host: str | None = None,
    port: Port = None,
    data_dir: Path | None = None,
    json: Json = False,
    verbose: Verbose = False,
    door: Injected,
) -> int:
    """Run a server: its doors and a worker, on this machine.

    On loopback (127.0.0.1, the default) it is yours alone: it prints your key and a link to log in with. All other
    settings are environment variables; docs/settings.md has them.

    Parameters
    ----------
    host
        Address to listen on. Beyond loopback CUTROOM_ACCOUNTS__OWNER_PASSWORD is needed.
    port
        Port to listen on; 0 takes a free one. Default: 8000.
    data_dir
        Folder for database, clips and secrets. Default: in your folder for application data.
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

    run_doors(House.read(host=host, port=port, data_dir=data_dir), door, verbose=verbose, with_worker=True)
    return Exit.OK
