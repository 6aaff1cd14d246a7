"""What each media tool is measured against: the plain command that a skilled user would type for the same result.

Encoders, presets, rates and sizes are those that the tool uses, so that only the way there differs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cutroom.media.ffmpeg.binary import find

_FFMPEG = str(find().path)
_X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p")
_COPY_SOUND = ("-c:a", "copy")
_VP9 = (
    *("-c:v", "libvpx-vp9", "-crf", "32", "-b:v", "0", "-deadline", "good", "-cpu-used", "5", "-row-mt", "1"),
    *("-tile-columns", "2", "-g", "240"),
)
_GIF = (
    "fps=15,scale=480:-2,split[a][b];[a]palettegen=stats_mode=diff[p];"
    "[b][p]paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle"
)
_PILLOW = """
import sys
from PIL import Image, ImageOps
with Image.open(sys.argv[1]) as image:
    {draft}
    image = ImageOps.exif_transpose(image)
    {work}
"""


@dataclass(frozen=True)
class Duel:
    """One tool on one file, and the plain command for the same."""

    tool: str
    source: str
    """Which of the files."""
    options: tuple[str, ...]
    """Of ``cutroom tool``."""
    ending: str
    words: Callable[[Path, Path], list[str]]
    """The plain command from source and target."""

    @property
    def title(self) -> str:
        return f"{self.tool} ({self.source})"

    def plain(self, source: Path, target: Path) -> list[str]:
        return self.words(source, target)

    def shown(self) -> str:
        """The plain command as it is typed."""
        words = self.words(Path(f"in.{self.source}"), Path(f"out.{self.ending}"))
        name, rest = ("ffmpeg", words[5:]) if words[0] == _FFMPEG else ("python", words[1:])
        return " ".join([name, *(f"'{' '.join(word.split())}'" if set(word) & set(" [;\n") else word for word in rest)])


def _ffmpeg(*after: str, before: tuple[str, ...] = ()) -> Callable[[Path, Path], list[str]]:
    def words(source: Path, target: Path) -> list[str]:
        return [_FFMPEG, "-v", "error", "-nostdin", "-y", *before, "-i", str(source), *after, str(target)]

    return words


def _pillow(work: str, draft: str = "pass") -> Callable[[Path, Path], list[str]]:
    def words(source: Path, target: Path) -> list[str]:
        return [sys.executable, "-c", _PILLOW.format(work=work, draft=draft), str(source), str(target)]

    return words


_FASTSTART = ("-movflags", "+faststart")
_SPED = "[0:v]setpts=PTS/2,fps=30[v];[0:a]atempo=2[a]"
DUELS = (
    Duel("convert", "film", ("--output-format", "mkv"), "mkv", _ffmpeg("-c", "copy")),
    Duel("convert", "clip", ("--output-format", "webm"), "webm", _ffmpeg(*_VP9, "-c:a", "libopus", "-b:a", "128k")),
    Duel(
        "compress", "scene", (), "mp4",
        _ffmpeg("-c:v", "libx264", "-preset", "faster", "-crf", "28", "-c:a", "aac", "-b:a", "112k", *_FASTSTART),
    ),
    Duel("extract-audio", "film", (), "mp3", _ffmpeg("-vn", "-c:a", "libmp3lame", "-b:a", "192k")),
    Duel(
        "gif", "scene", ("--start-time", "1", "--duration", "4"), "gif",
        _ffmpeg("-an", "-filter_complex", _GIF, before=("-ss", "1", "-t", "4")),
    ),
    Duel(
        "thumbnail", "film", ("--timestamp", "100", "--width", "640"), "jpg",
        _ffmpeg("-frames:v", "1", "-vf", "scale=640:-2", "-q:v", "2", before=("-ss", "100")),
    ),
    Duel(
        "trim-video", "film", ("--start-time", "30.5", "--end-time", "50"), "mp4",
        _ffmpeg(*_X264, "-c:a", "aac", "-b:a", "192k", *_FASTSTART, before=("-ss", "30.5", "-t", "19.5")),
    ),
    Duel(
        "resize-video", "scene", ("--width", "1280", "--height", "720"), "mp4",
        _ffmpeg("-vf", "scale=1280:720,setsar=1", *_X264, *_COPY_SOUND, *_FASTSTART),
    ),
    Duel(
        "rotate-video", "scene", ("--rotation", "90"), "mp4",
        _ffmpeg("-vf", "transpose=clock", *_X264, *_COPY_SOUND, *_FASTSTART),
    ),
    Duel("remove-audio", "film", (), "mp4", _ffmpeg("-an", "-c:v", "copy", *_FASTSTART)),
    Duel(
        "video-speed", "scene", ("--speed", "2"), "mp4",
        _ffmpeg(
            "-filter_complex", _SPED, "-map", "[v]", "-map", "[a]", *_X264, "-c:a", "aac", "-b:a", "192k", *_FASTSTART
        ),
    ),
    Duel("audio-converter", "song", ("--output-format", "m4a"), "m4a", _ffmpeg("-c:a", "aac", "-b:a", "192k")),
    Duel(
        "trim-audio", "song", ("--start-time", "10.25", "--end-time", "190"), "flac",
        _ffmpeg("-c:a", "flac", before=("-ss", "10.25", "-t", "179.75")),
    ),
    Duel(
        "image-converter", "photo", ("--output-format", "webp"), "webp",
        _pillow('image.save(sys.argv[2], "WEBP", quality=85)'),
    ),
    Duel(
        "resize-image", "photo", ("--width", "1280", "--height", "853"), "jpg",
        _pillow(
            'image.resize((1280, 853), Image.Resampling.LANCZOS).save(sys.argv[2], "JPEG", quality=90)',
            draft='image.draft("RGB", (1280, 853))',
        ),
    ),
    Duel(
        "compress-image", "photo", (), "jpg",
        _pillow('image.save(sys.argv[2], "JPEG", quality=75, optimize=True)'),
    ),
    Duel(
        "compress-image", "drawing", (), "png",
        _pillow('image.quantize(palette=image.quantize(256), dither=3).save(sys.argv[2], "PNG", optimize=True)'),
    ),
)  # fmt: skip
"""Every tool at least once."""
