"""What a sense of the pictures is to the one loop that decodes them (``seeing``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[Any]  # of uint8; OpenCV's annotations promise less than it keeps
else:
    Plane = Any


@dataclass(frozen=True, slots=True)
class Planes:
    """A small upright picture. Luma 0 (black) to 255 (white); chroma at half its size, 128 grey."""

    luma: Plane
    chroma: Plane
    """2 x height x width: Cb and Cr."""


class FrameSense(Protocol):
    """Looks at pictures as they come by, in order of time, and keeps what it perceives for its owner to ask for.

    Times ``t`` are seconds on the film's own clock; ``index`` counts the source's pictures from 0. Arrays belong to
    the loop and may be read-only: whoever keeps one copies it.
    """

    def wants(self, t: float, index: int, small: Plane, cut: bool) -> int | None:  # noqa: FBT001  one call a picture
        """Called for every analysed picture. None: not this one; else the wanted width in pixels (0: full size).

        ``small`` is its luma, about 96x54, upright, black 0 and white 255. ``cut``: a shot boundary seems to lie right
        before it; which ones really are boundaries is told by ``cut`` below.
        """
        ...

    def look(self, t: float, index: int, picture: Plane) -> None:
        """The picture that was wanted: BGR, upright, square pixels. A wanted width above its own gives its own."""
        ...

    def cut(self, t: float) -> None:
        """A shot boundary was found at ``t``: exact, but up to some seconds after the pictures round it came by."""
        ...

    def finish(self, duration: float) -> None:
        """The last picture has come by; the film is ``duration`` seconds long."""
        ...
