"""Where the results of tools are written: beside their sources, into a folder or to a named file, never to a source."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.tools.tool import FilmPlan, GifPlan, ImagePlan, Plan, SoundFilePlan, StillPlan
from cutroom.model.tool import Values

FORMATS = ("outputFormat", "audioFormat", "format")
"""Parameters that say what kind of file is made."""
# What a file is called after a tool has worked on it; where None, another kind of file is the whole point.
_WORDS: dict[str, tuple[str, bool]] = {
    "convert": ("converted", False),
    "compress": ("compressed", True),
    "extract-audio": ("audio", False),
    "gif": ("animated", False),
    "thumbnail": ("thumbnail", True),
    "trim-video": ("trimmed", True),
    "resize-video": ("resized", True),
    "rotate-video": ("rotated", True),
    "remove-audio": ("silent", True),
    "video-speed": ("speed", True),
    "audio-converter": ("converted", False),
    "trim-audio": ("trimmed", True),
    "image-converter": ("converted", False),
    "resize-image": ("resized", True),
    "compress-image": ("compressed", True),
}
_SAME = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "m4v": "mp4", "tif": "tiff", "oga": "ogg", "opus": "ogg"}


def ending_of(output: str | None) -> str:
    """The kind of file that the name of a target asks for, in lower case; empty where it does not say.

    >>> ending_of("films/part.MP4"), ending_of("films/"), ending_of("picture.jpeg")
    ('mp4', '', 'jpg')
    """
    if output is None or is_folder(output):
        return ""
    return _kind(Path(output))


def other_ending(target: Path, extension: str) -> bool:
    """Whether the name of ``target`` promises something else than a file of the kind ``extension``."""
    return _kind(target) not in {"", _SAME.get(extension, extension)}


def extension_of(plan: Plan) -> str:
    """The extension of the file that a plan makes, without the dot."""
    match plan:
        case FilmPlan() | SoundFilePlan():
            return plan.target.name
        case StillPlan() | ImagePlan():
            return plan.format
        case GifPlan():
            return "gif"
    assert_never(plan)


def is_folder(output: str) -> bool:
    """Whether what was named as target is a folder, or is meant to be one."""
    try:
        return output.endswith(("/", os.sep)) or Path(output).is_dir()
    except OSError:  # a name too long, for one: the check of the targets words that
        return False


def _kind(path: Path) -> str:
    ending = path.suffix.lower().removeprefix(".")
    return _SAME.get(ending, ending)


@dataclass(frozen=True, slots=True)
class Naming:
    """How the targets of an order are called. ``CutroomError(INVALID_REQUEST)`` for one file for several sources."""

    tool: str
    values: Values
    output: str | None
    several: bool

    def __post_init__(self) -> None:
        if self.several and self.output is not None and not is_folder(self.output):
            raise CutroomError(
                ErrorCode.INVALID_REQUEST, "Several files need several targets.", next_step="Name a folder for them."
            )

    def target(self, source: Path, extension: str) -> Path:
        """Where the result of ``source`` goes, which will be of the kind ``extension``.

        ``CutroomError(INVALID_REQUEST)`` when the target that was named ends in something else.
        """
        if self.output is None:
            return source.with_name(self.name(source, extension))
        if is_folder(self.output):
            return Path(self.output, self.name(source, extension))
        if other_ending(Path(self.output), extension):
            other = ", or ask for another format" if any(name in self.values for name in FORMATS) else ""
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                f"The target ends in {_shown(Path(self.output))}, but the result is a file of the kind .{extension}.",
                next_step=f"Name a target that ends in .{extension}{other}.",
            )
        return Path(self.output)

    def name(self, source: Path, extension: str) -> str:
        """``film.gif``, ``film-compressed.mp4``: never the name of the source itself."""
        word, always = _WORDS.get(self.tool, (self.tool, True))
        if self.tool == "video-speed":
            word = f"{float(self.values['speed']):g}x"
        if always or _kind(source) == _SAME.get(extension, extension):
            return f"{source.stem}-{word}.{extension}"
        return f"{source.stem}.{extension}"


def _shown(path: Path) -> str:
    return ascii(path.suffix)[1:-1][:20]
