"""A piece of a video, exact to the frame, in the container that it came in."""

from __future__ import annotations

from cutroom.media.tools import sources
from cutroom.media.tools.parameters import END, START, ends_after_start
from cutroom.media.tools.tool import Facts, FilmPlan, Pictures, Plan, Sounds, Span
from cutroom.model.tool import Needs, Spec, Values

SPEC = Spec("trim-video", "Cuts a piece out of a video.", Needs.PICTURE, (START, END), (ends_after_start,))


class TrimVideo:
    """Copied but for the seams where the source allows it."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        sources.refuse_beyond("startTime", sources.seconds(values, "startTime"), sources.length(facts))

    def plan(self, values: Values, facts: Facts) -> Plan:
        end = sources.clamped(sources.seconds(values, "endTime"), sources.length(facts))
        span = Span(sources.seconds(values, "startTime"), end)
        return FilmPlan(sources.kept_container(sources.film(facts)), Pictures.KEEP, Sounds.KEEP, span)


TOOL = TrimVideo()
