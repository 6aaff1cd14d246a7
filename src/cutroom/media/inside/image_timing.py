"""How many pictures an animation has, and how long each is shown: counted in the file's parts, none decoded.

Counting ends one picture after the most that is allowed, so a hundred thousand cost no more than five thousand.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cutroom.media.image_budget import refuse_frames
from cutroom.media.inside.image_parts import Part, parts_of
from cutroom.model.image import ImageFormat

if TYPE_CHECKING:
    from cutroom.media.inside.image_parts import Data

_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds for which each picture is shown, and how often the animation plays (0 for ever)."""

    times: tuple[int, ...]
    plays: int = 1

    @property
    def frames(self) -> int:
        return len(self.times)


STILL = Timing((0,))


def timing_of(kind: ImageFormat, data: Data) -> Timing:
    """The timing of a GIF, WebP or PNG file; of a still image, and of all other formats, ``STILL``.

    Raises ``CutroomError``: MEDIA_DAMAGED, MEDIA_TOO_COSTLY for more pictures than are allowed.
    """
    if kind is ImageFormat.GIF:
        return _gif(data)
    if kind is ImageFormat.WEBP:
        return _webp(data)
    return _png(data) if kind is ImageFormat.PNG else STILL


def _gif(data: Data) -> Timing:
    times: list[int] = []
    plays, shown = 1, 0
    for part in parts_of(ImageFormat.GIF, data):
        if part.name == "control":
            (hundredths,) = struct.unpack("<H", data[part.body + 2 : part.body + 4])
            shown = hundredths * 10
        elif part.name == "application":
            plays = _gif_plays(data, part, plays)
        elif part.name == "image":
            times.append(shown)
            refuse_frames(len(times))
            shown = 0
    return Timing(tuple(times), plays) if times else STILL


def _gif_plays(data: Data, part: Part, plays: int) -> int:
    """GIF states how often to repeat, WebP and PNG how often to play."""
    name, at = data[part.body + 1 : part.body + 12], part.body + 12
    if name not in _LOOPS or data[at] < 3 or data[at + 1] != 1:
        return plays
    (repeats,) = struct.unpack("<H", data[at + 2 : at + 4])
    return int(repeats) + 1 if repeats else 0


def _webp(data: Data) -> Timing:
    times: list[int] = []
    plays = 1
    for part in parts_of(ImageFormat.WEBP, data):
        if part.name == "ANIM":
            (plays,) = struct.unpack("<H", data[part.body + 4 : part.body + 6])
        elif part.name == "ANMF":
            times.append(int.from_bytes(data[part.body + 12 : part.body + 15], "little"))
            refuse_frames(len(times))
    return Timing(tuple(times), plays) if times else STILL


def _png(data: Data) -> Timing:
    """Of an animated PNG. Its stand-in picture for viewers that show no animation is no picture of it."""
    times: list[int] = []
    plays: int | None = None
    for part in parts_of(ImageFormat.PNG, data):
        if part.name == "acTL":
            plays = struct.unpack(">I", data[part.body + 4 : part.body + 8])[0]
        elif part.name == "fcTL" and plays is not None:
            up, down = struct.unpack(">HH", data[part.body + 20 : part.body + 24])
            times.append(round(1000 * up / (down or 100)))
            refuse_frames(len(times))
    return Timing(tuple(times), plays or 0) if times else STILL
