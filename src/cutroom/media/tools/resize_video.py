"""A video at another size."""

from __future__ import annotations

from cutroom.media.tools import sources
from cutroom.media.tools.parameters import pixels
from cutroom.media.tools.tool import Facts, FilmPlan, Pictures, Plan, Sounds
from cutroom.model.tool import Needs, Spec, Values

SPEC = Spec(
    "resize-video",
    "Gives a video another size.",
    Needs.PICTURE,
    (
        pixels("width", 16, 7680, "an odd number is lowered by one", required=True),
        pixels("height", 16, 4320, "an odd number is lowered by one", required=True),
    ),
)


class ResizeVideo:
    """Exactly the size asked for, square pixels, aspect or not."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        """Every size within the ranges is possible."""

    def plan(self, values: Values, facts: Facts) -> Plan:
        width, height = sources.whole(values, "width") or 2, sources.whole(values, "height") or 2
        return FilmPlan(
            sources.kept_container(sources.film(facts)),
            Pictures.ENCODE,
            Sounds.KEEP,
            size=(width - width % 2, height - height % 2),
        )


TOOL = ResizeVideo()
