"""A video faster or slower, voices at their pitch."""

from __future__ import annotations

from fractions import Fraction

from cutroom.media.tools import sources
from cutroom.media.tools.tool import Facts, FilmPlan, Pictures, Plan, Sounds
from cutroom.model.tool import Needs, Number, Spec, Values

SPEC = Spec(
    "video-speed",
    "Makes a video faster or slower.",
    Needs.PICTURE,
    (
        Number(
            "speed", Fraction(1, 4), Fraction(4), required=True,
            help="2 is twice as fast, 0.5 half as fast; the pitch of the sound stays",
        ),
    ),
)  # fmt: skip


class VideoSpeed:
    """As many pictures a second as before."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        """Every video can be played faster or slower."""

    def plan(self, values: Values, facts: Facts) -> Plan:
        target, speed = sources.kept_container(sources.film(facts)), sources.seconds(values, "speed")
        if speed == 1:
            return FilmPlan(target, Pictures.KEEP, Sounds.KEEP)
        return FilmPlan(target, Pictures.ENCODE, Sounds.ENCODE, speed=speed)


TOOL = VideoSpeed()
