"""A video turned, in real pixels: nothing is left for a player to turn."""

from __future__ import annotations

from fractions import Fraction

from cutroom.media.tools import sources
from cutroom.media.tools.tool import Facts, FilmPlan, Pictures, Plan, Sounds
from cutroom.model.tool import Needs, Number, Spec, Values

SPEC = Spec(
    "rotate-video",
    "Turns a video clockwise.",
    Needs.PICTURE,
    (
        Number(
            "rotation", Fraction(90), Fraction(270), required=True, whole=True, unit="degrees",
            help="how far it is turned, clockwise", among=(90, 180, 270),
        ),
    ),
)  # fmt: skip


class RotateVideo:
    """Put upright first, as players show it, then turned sample by sample: wide samples become tall ones."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        """Every video can be turned."""

    def plan(self, values: Values, facts: Facts) -> Plan:
        target = sources.kept_container(sources.film(facts))
        turn = sources.whole(values, "rotation") or 0
        return FilmPlan(target, Pictures.ENCODE, Sounds.KEEP, turn=turn)


TOOL = RotateVideo()
