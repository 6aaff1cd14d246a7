"""A piece of a video as a GIF that loops for ever."""

from __future__ import annotations

from fractions import Fraction

from cutroom.media.tools import sources
from cutroom.media.tools.parameters import pixels, time
from cutroom.media.tools.tool import Facts, GifPlan, Plan, Span
from cutroom.model.tool import Needs, Number, Spec, Values

_WIDTH = 480
SPEC = Spec(
    "gif",
    "Makes an animated GIF of a piece of a video.",
    Needs.PICTURE,
    (
        time("startTime", "where the piece begins"),
        Number("duration", Fraction(1, 2), Fraction(15), required=True, unit="s", help="how long the piece is"),
        pixels("width", 120, 800, f"how wide it gets; by default as wide as the video, at most {_WIDTH}"),
        Number("fps", Fraction(5), Fraction(30), default=Fraction(15), whole=True, help="pictures a second"),
    ),
)


class Gif:
    """Exactly the width and rate asked for, also where the video has less."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        sources.refuse_beyond("startTime", sources.seconds(values, "startTime"), sources.length(facts))

    def plan(self, values: Values, facts: Facts) -> Plan:
        start = sources.seconds(values, "startTime")
        end = sources.clamped(start + sources.seconds(values, "duration"), sources.length(facts))
        shown = sources.picture(facts).display_size
        width = sources.whole(values, "width") or min(shown[0], _WIDTH)
        return GifPlan(Span(start, end), sources.fitted(shown, width, None), sources.seconds(values, "fps"))


TOOL = Gif()
