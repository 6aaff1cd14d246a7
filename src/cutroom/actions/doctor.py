"""Check that everything a cut needs is there and works: each part is really used once, nothing is taken on trust.

What an analysis needs is looked at, not used: the capabilities, each active, basic or off.
"""

from __future__ import annotations

import http.client
import os
import shutil
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cutroom.actions.capabilities import list_capabilities
from cutroom.actions.services import Services
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.media.ffmpeg.binary import find
from cutroom.media.input import Source
from cutroom.model.capabilities import Capability, CapabilityState
from cutroom.outbound.egress import Egress, EgressPolicy
from cutroom.outbound.http import HttpClient

_LITTLE_DISK = 2 << 30
_NO_DISK = 100 << 20
_NETWORK_SECONDS = 5.0
# A name that is kept for examples, and is served from everywhere.
_PUBLIC_HOST = "example.com"


class Verdict(StrEnum):
    """What became of a check. A warning leaves something not working that not every cut needs."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One part, what was found, and what to do about it."""

    name: str
    verdict: Verdict
    message: str
    next_step: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def examine(services: Services, cancel: CancelToken) -> Iterator[Check]:
    """Every check in turn, each yielded when it is done. A check that fails does not stop the others."""
    checks: tuple[tuple[str, Callable[[Services, CancelToken], Check]], ...] = (
        ("ffmpeg", _ffmpeg),
        ("media engine", _engine),
        ("yt-dlp", _ytdlp),
        ("scratch folder", _scratch),
        ("current folder", _current_folder),
        ("guard", _guard),
        ("network", _network),
    )
    for name, check in checks:
        cancel.check()
        try:
            yield check(services, cancel)
        except Cancelled:
            raise
        except CutroomError as error:
            yield Check(name, Verdict.FAIL, error.message, error.next_step, {"code": error.code.value})
    yield from map(_told, list_capabilities(services.perception))


def _told(capability: Capability) -> Check:
    """A capability as a check. Less than there could be is a warning only where the installation is incomplete."""
    words = [] if capability.state is CapabilityState.ACTIVE else [f"{capability.state.value}:"]
    words += [f"{capability.by}." if capability.why else capability.by] if capability.by else []
    return Check(
        capability.name.replace("_", " "),
        Verdict.WARN if capability.missing else Verdict.OK,
        " ".join([*words, capability.why or ""]).strip(),
        capability.improve,
        {"state": capability.state.value, "missing": list(capability.missing)},
    )


def _ffmpeg(services: Services, _cancel: CancelToken) -> Check:
    program = find(services.ffmpeg)
    facts = {"path": str(program.path), "version": program.version, "missing": list(program.missing)}
    if program.missing:
        return Check(
            "ffmpeg",
            Verdict.FAIL,
            f"ffmpeg {program.version} lacks {', '.join(program.missing)}.",
            "Unset CUTROOM_MEDIA__FFMPEG to use the bundled one, or name a complete build.",
            facts,
        )
    return Check("ffmpeg", Verdict.OK, f"version {program.version} with every encoder and filter needed", facts=facts)


def _engine(services: Services, cancel: CancelToken) -> Check:
    from importlib.metadata import version

    with services.workdir() as workdir:
        path = workdir.new(".wav")
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(bytes(16000))
        facts = services.engine.probe(Source(path), cancel=cancel)
    right = facts.video is None and [track.sample_rate for track in facts.audio] == [8000]
    found = {"pyav": version("av")}
    if not right:
        return Check(
            "media engine", Verdict.FAIL, "A test file was read wrong.", "Reinstall Cutroom and its libraries.", found
        )
    return Check("media engine", Verdict.OK, f"PyAV {found['pyav']} reads media in a process of its own", facts=found)


def _ytdlp(services: Services, cancel: CancelToken) -> Check:
    with services.workdir() as workdir:
        tools = services.sources.tools(workdir.path, cancel)
    facts = {
        "version": tools.version,
        "javascript_runtime": tools.runtime,
        "javascript_runtime_version": tools.runtime_version,
    }
    if tools.runtime is None:
        return Check(
            "yt-dlp",
            Verdict.WARN,
            f"version {tools.version}, but no JavaScript runtime that works: some sites will refuse.",
            'Install it with "pip install deno".',
            facts,
        )
    runtime = f"{tools.runtime} {tools.runtime_version}"
    return Check("yt-dlp", Verdict.OK, f"version {tools.version} with {runtime} for JavaScript", facts=facts)


def _scratch(services: Services, _cancel: CancelToken) -> Check:
    with services.workdir():  # whether it can be written to
        return _disk("scratch folder", services.scratch, "Set CUTROOM_MEDIA__SCRATCH to a folder on another disk.")


def _current_folder(_services: Services, _cancel: CancelToken) -> Check:
    name, here = "current folder", Path()
    if not os.access(here, os.W_OK | os.X_OK):
        return Check(name, Verdict.WARN, "Clips cannot be written here.", "Name a target with -o, or go elsewhere.")
    return _disk(name, here, "Name a target on another disk with -o.")


def _disk(name: str, folder: Path, next_step: str) -> Check:
    free = shutil.disk_usage(folder).free
    facts = {"path": str(folder.absolute()), "free_bytes": free}
    message = f"{free / 1e9:.1f} GB free"
    if free < _LITTLE_DISK:
        return Check(name, Verdict.FAIL if free < _NO_DISK else Verdict.WARN, message, next_step, facts)
    return Check(name, Verdict.OK, message, facts=facts)


def _guard(_services: Services, cancel: CancelToken) -> Check:
    """Under the rules of a server, whatever rules this caller has."""
    refused = False
    with Egress(EgressPolicy()) as egress, HttpClient(egress) as client:
        try:
            with client.get(f"http://{_own_address(egress)}/", cancel=cancel):
                pass
        except CutroomError as error:
            if error.code is not ErrorCode.SOURCE_REFUSED_ADDRESS:
                raise
            refused = True
    if not refused:
        return Check("guard", Verdict.FAIL, "The guard let a private address through.", "Report this as a fault.")
    return Check("guard", Verdict.OK, "the way out starts, and refuses private addresses when guarded")


def _own_address(egress: Egress) -> str:
    # The proxy's own port: something listens there, so only the guard can be what says no.
    parts = urlsplit(egress.proxy_url)
    return f"{parts.hostname}:{parts.port}"


def _network(services: Services, _cancel: CancelToken) -> Check:
    """Whether a name of the public internet is found and answers a connection; nothing is asked of it."""
    import base64

    proxy = urlsplit(services.egress.proxy_url)
    secret = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
    connection = http.client.HTTPConnection(proxy.hostname or "", proxy.port, timeout=_NETWORK_SECONDS)
    connection.set_tunnel(_PUBLIC_HOST, 443, headers={"Proxy-Authorization": f"Basic {secret}"})
    try:
        connection.connect()
    except OSError:
        return Check(
            "network",
            Verdict.WARN,
            "the public internet is not reachable from here.",
            "Local files can be cut all the same; links need a connection.",
        )
    finally:
        connection.close()
    return Check("network", Verdict.OK, "the public internet can be reached")
