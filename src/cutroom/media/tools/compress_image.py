"""A smaller file of an image, never larger than the input."""

from __future__ import annotations

from fractions import Fraction

from cutroom.media.image_budget import check_image_cost
from cutroom.media.tools import sources
from cutroom.media.tools.tool import Facts, ImagePlan, Plan
from cutroom.model.image import ImageFacts
from cutroom.model.tool import Needs, Number, Spec, Values

SPEC = Spec(
    "compress-image",
    "Makes a smaller file of an image.",
    Needs.IMAGE,
    (
        Number(
            "quality", Fraction(1), Fraction(100), default=Fraction(75), whole=True,
            help="less is smaller; of PNG it is the number of colours that falls",
        ),
    ),
)  # fmt: skip


class CompressImage:
    """The same format and pixel size."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        """Raise ``CutroomError(MEDIA_TOO_COSTLY)``."""
        del values
        if isinstance(facts, ImageFacts):
            check_image_cost(facts, facts.format, facts.display_size)

    def plan(self, values: Values, facts: Facts) -> Plan:
        kept = facts.format if isinstance(facts, ImageFacts) else "png"
        return ImagePlan(kept, quality=sources.whole(values, "quality"))


TOOL = CompressImage()
