"""Running the senses that look at full pictures beside the loop: what one of them does wrong stays with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutroom.model.percepts import Missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutroom.perception.inside.pictures import Film, Picture
    from cutroom.perception.sense import FrameSense

_WHAT = {"faces": "Faces", "text": "Text on the screen"}


@dataclass(slots=True)
class Watchers:
    """The senses that were asked for. One that fails is left out from then on and named in ``missing``."""

    senses: dict[str, Any] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)

    def look(self, picture: Picture, *, cut: bool) -> None:
        """Offer a picture to all; the large one is made once for each wanted width."""
        t, made = float(picture.t), dict[int, Any]()
        for name, sense in list(self.senses.items()):
            width = self.guarded(name, sense.wants, t, picture.index, picture.small.luma, cut)
            if width is not None:
                if width not in made:
                    made[width] = picture.bgr(width)
                self.guarded(name, sense.look, t, picture.index, made[width])

    def cut(self, t: float) -> None:
        """Tell all of a shot boundary."""
        for name, sense in list(self.senses.items()):
            self.guarded(name, sense.cut, t)

    def finish(self, duration: float) -> None:
        """The film has ended; what the senses miss is added to ``missing``."""
        for name, sense in list(self.senses.items()):
            self.guarded(name, sense.finish, duration)
            self.missing.extend(self.given(name, "missing") or ())

    def given(self, name: str, what: str) -> Any:
        """What a sense has found; None where it did not get to its end."""
        return getattr(self.senses[name], what, None) if name in self.senses else None

    def guarded(self, name: str, act: Callable[..., Any], *arguments: Any) -> Any:
        """What ``act`` answers; None, and the sense is left out, where it fails."""
        try:
            return act(*arguments)
        except Exception as error:  # noqa: BLE001  a fault of one sense must not cost the others their results
            self.leave_out(name, error)
            return None

    def leave_out(self, name: str, error: Exception) -> None:
        """Go on without a sense."""
        self.senses.pop(name, None)
        self.missing.append(Missing(name, f"{_WHAT[name]} could not be looked for ({type(error).__name__})."))


def watchers(wants: list[str], models: Path, film: Film) -> Watchers:
    """The senses that were asked for and can be loaded."""
    found = Watchers()
    for name, load in (("faces", _faces), ("text", _text)):
        if name in wants:
            sense = found.guarded(name, load, models, film.width, film.height)
            if sense is not None:
                found.senses[name] = sense
    return found


def _faces(models: Path, width: int, height: int) -> FrameSense:
    from cutroom.perception.faces import FaceSense

    return FaceSense(models, width, height)


def _text(models: Path, width: int, height: int) -> FrameSense:
    from cutroom.perception.screen_text import TextSense

    return TextSense(models, width, height)
