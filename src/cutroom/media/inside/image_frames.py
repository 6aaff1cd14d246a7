"""The pictures of an image file one after the other: whole canvases, upright, at the size that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from cutroom.media.inside.image_colour import plain, profile_of, scaled, upright
from cutroom.media.inside.image_open import reading

if TYPE_CHECKING:
    from cutroom.media.inside.conversation import Conversation
    from cutroom.media.inside.image_open import Opened
    from cutroom.media.inside.image_timing import Timing


@dataclass(slots=True)
class Frames:
    """All pictures of ``opened`` (one, of a still image) as ``RGB`` or ``RGBA``, of ``size`` as shown."""

    opened: Opened
    size: tuple[int, int]
    talk: Conversation
    passes: int = 1
    """How often they will be run through, for the progress."""
    _begun: int = 0

    @property
    def timing(self) -> Timing:
        return self.opened.timing

    @property
    def profile(self) -> bytes | None:
        """The colour profile, where it speaks of such pixels."""
        image = self.opened.image
        return profile_of(image) if image.mode in {"RGB", "RGBA"} else None

    @property
    def pixels(self) -> int:
        """Of all pictures together, as they come out."""
        return self.timing.frames * self.size[0] * self.size[1]

    def run(self) -> Iterator[Image.Image]:
        """A fresh run from the first to the last. Raises ``CutroomError(MEDIA_DAMAGED)``."""
        facts, turn = self.opened.facts, self.opened.turn
        stored = self.size[::-1] if turn >= 5 else self.size
        canvas = (facts.width, facts.height) if turn == 1 else (facts.stored_width, facts.stored_height)
        for image in self._decoded():
            picture = plain(image)
            picture = picture.convert("RGBA" if picture.mode in {"LA", "RGBA"} else "RGB")
            if picture.size != canvas:  # a GIF's pictures may reach beyond it
                picture = picture.crop((0, 0, *canvas))
            if picture.size != stored:
                picture = scaled(picture, stored)
            yield upright(picture, turn)

    def check(self) -> None:
        """Decode every picture and forget it: what is copied must be whole."""
        for _image in self._decoded():
            pass

    def _decoded(self) -> Iterator[Image.Image]:
        image, frames = self.opened.image, self.timing.frames
        first = int(bool(getattr(image, "default_image", False)))  # an animated PNG's stand-in comes first
        before, self._begun = self._begun, self._begun + 1
        for number in range(frames):
            with reading():
                if frames > 1:
                    image.seek(first + number)
                image.load()
            yield image
            self.talk.tick("processing", min(1.0, (before + (number + 1) / frames) / self.passes))
