"""An image at another size."""

from __future__ import annotations

from cutroom.media.image_budget import check_image_cost
from cutroom.media.tools import sources
from cutroom.media.tools.parameters import pixels
from cutroom.media.tools.tool import Facts, ImagePlan, Plan, Size
from cutroom.model.image import ImageFacts
from cutroom.model.tool import Needs, Spec, Values

SPEC = Spec(
    "resize-image",
    "Gives an image another size.",
    Needs.IMAGE,
    (
        pixels("width", 1, 7680, "exactly this wide", required=True),
        pixels("height", 1, 4320, "exactly this high", required=True),
    ),
)


class ResizeImage:
    """Exactly the size asked for, in the same format."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        """Raise ``CutroomError(MEDIA_TOO_COSTLY)``."""
        if isinstance(facts, ImageFacts):
            check_image_cost(facts, facts.format, _size(values))

    def plan(self, values: Values, facts: Facts) -> Plan:
        kept = facts.format if isinstance(facts, ImageFacts) else "png"
        return ImagePlan(kept, size=_size(values))


def _size(values: Values) -> Size:
    return sources.whole(values, "width") or 1, sources.whole(values, "height") or 1


TOOL = ResizeImage()
