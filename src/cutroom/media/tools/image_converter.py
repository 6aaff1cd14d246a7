"""An image in another format."""

from __future__ import annotations

from cutroom.media.image_budget import check_image_cost
from cutroom.media.tools.parameters import image_format
from cutroom.media.tools.tool import Facts, ImagePlan, Plan
from cutroom.model.image import ImageFacts, ImageFormat
from cutroom.model.tool import Needs, Spec, Values

SPEC = Spec("image-converter", "Converts an image to another format.", Needs.IMAGE, (image_format("outputFormat"),))


class ImageConverter:
    """The same pixel size, upright."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        """Raise ``CutroomError``: MEDIA_TOO_COSTLY, or INVALID_REQUEST for more pixels than the format has room for."""
        if isinstance(facts, ImageFacts):
            check_image_cost(facts, ImageFormat(str(values["outputFormat"])), facts.display_size)

    def plan(self, values: Values, facts: Facts) -> Plan:
        del facts
        return ImagePlan(str(values["outputFormat"]))


TOOL = ImageConverter()
