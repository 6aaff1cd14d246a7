"""Finding ffmpeg and knowing what it can do. Nothing is started before somebody asks."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.runner import ask

_LISTED = re.compile(r"^ [A-Z.|]{2,8} +([A-Za-z0-9_-]+)(?: |$)", re.MULTILINE)
_QUIET = ("-hide_banner", "-v", "error")
_VERSION = re.compile(r"^ffmpeg version (\S+)")
NEEDED_ENCODERS = frozenset({
    "aac", "flac", "gif", "libmp3lame", "libopus", "libvorbis", "libvpx-vp9", "libwebp", "libx264", "mjpeg",
    "pcm_s16le", "png", "rawvideo",
})  # fmt: skip
NEEDED_FILTERS = frozenset({
    "aformat", "apad", "aresample", "asetpts", "atempo", "atrim", "bwdif", "crop", "format", "fps", "hflip",
    "palettegen", "paletteuse", "scale", "setparams", "setpts", "setsar", "settb", "sidedata", "split", "tonemap",
    "tpad", "transpose", "trim", "vflip", "zscale",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """A usable ffmpeg program.

    ``version``, ``encoders``, ``decoders`` and ``filters`` ask it on first use; answers are kept for as long as the
    file stays the same.
    """

    path: Path
    stamp: tuple[int, int] = field(repr=False)
    """Modification time in ns and size of the file, so that an update is noticed."""

    @property
    def version(self) -> str:
        answer = _ask(self.path, self.stamp, "-version")
        match = _VERSION.match(answer)
        if not match:
            raise _missing("What is set as the ffmpeg program is something else.", answer[:200])
        return match[1]

    @property
    def encoders(self) -> frozenset[str]:
        return _names(_ask(self.path, self.stamp, *_QUIET, "-encoders"))

    @property
    def decoders(self) -> frozenset[str]:
        return _names(_ask(self.path, self.stamp, *_QUIET, "-decoders"))

    @property
    def filters(self) -> frozenset[str]:
        return _names(_ask(self.path, self.stamp, *_QUIET, "-filters"))

    @property
    def missing(self) -> tuple[str, ...]:
        """Encoders and filters that the engine needs and this build lacks."""
        return tuple(sorted((NEEDED_ENCODERS - self.encoders) | (NEEDED_FILTERS - self.filters)))


def find(path: Path | None = None) -> Ffmpeg:
    """The ffmpeg at ``path``, or the bundled one. ``CutroomError(TOOL_MISSING)`` when it is not there or no program."""
    chosen = path.absolute() if path is not None else _bundled()
    try:
        stat = chosen.stat()
    except OSError as error:
        raise _missing("The ffmpeg program was not found.", str(error)) from error
    if not chosen.is_file() or not os.access(chosen, os.X_OK):
        raise _missing("What is set as the ffmpeg program is not a program.", str(chosen))
    return Ffmpeg(chosen, (stat.st_mtime_ns, stat.st_size))


def _bundled() -> Path:
    import imageio_ffmpeg

    # get_ffmpeg_exe() would also take any ffmpeg of the PATH and start it to see; the wheel's own file or none.
    folder = Path(imageio_ffmpeg.__file__).parent / "binaries"
    for candidate in sorted(folder.glob("ffmpeg-*")):
        return candidate
    raise _missing("This platform has no bundled ffmpeg.", str(folder))


def _missing(message: str, detail: str) -> CutroomError:
    return CutroomError(
        ErrorCode.TOOL_MISSING,
        message,
        next_step="Install ffmpeg 7 or newer and set CUTROOM_MEDIA__FFMPEG to its path, or reinstall Cutroom.",
        detail=detail,
    )


@functools.lru_cache(maxsize=32)
def _ask(path: Path, stamp: tuple[int, int], *question: str) -> str:
    """What ffmpeg prints for ``question``. ``stamp`` is only part of the cache's key."""
    del stamp
    return ask(path, *question)


def _names(listing: str) -> frozenset[str]:
    return frozenset(_LISTED.findall(listing))
