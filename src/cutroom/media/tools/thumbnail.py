"""One picture of a video as an image."""

from __future__ import annotations

from fractions import Fraction

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.tools import sources
from cutroom.media.tools.parameters import all_or_none, image_format, pixels, time
from cutroom.media.tools.tool import Crop, Facts, Plan, StillPlan
from cutroom.model.tool import Needs, Spec, Values

_CROP = ("cropX", "cropY", "cropW", "cropH")
_MOST = 1 << 16
SPEC = Spec(
    "thumbnail",
    "Takes one picture out of a video.",
    Needs.PICTURE,
    (
        time("timestamp", "which moment", required=False, default=Fraction(0)),
        pixels("width", 50, 3840, "how wide; alone, the height follows"),
        pixels("height", 50, 2160, "how high; alone, the width follows"),
        image_format("format", default="jpg"),
        pixels("cropX", 0, _MOST, "left edge of the part to keep, in pixels of the video"),
        pixels("cropY", 0, _MOST, "upper edge of it"),
        pixels("cropW", 1, _MOST, "its width"),
        pixels("cropH", 1, _MOST, "its height"),
    ),
    (all_or_none(*_CROP),),
)


class Thumbnail:
    """Cropped in pixels as shown (upright, square), then scaled."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        sources.refuse_beyond("timestamp", sources.seconds(values, "timestamp"), sources.length(facts))
        crop, (width, height) = _crop(values), sources.picture(facts).display_size
        if crop is None:
            return
        for name, edge, most in (
            ("cropX", crop.x, width - 1),
            ("cropY", crop.y, height - 1),
            ("cropW", crop.x + crop.width, width),
            ("cropH", crop.y + crop.height, height),
        ):
            if edge > most:
                raise CutroomError(
                    ErrorCode.INVALID_REQUEST, f"{name} reaches outside the picture, which is {width}x{height}.",
                    field=name,
                )  # fmt: skip

    def plan(self, values: Values, facts: Facts) -> Plan:
        crop = _crop(values)
        base = (crop.width, crop.height) if crop else sources.picture(facts).display_size
        size = sources.fitted(base, sources.whole(values, "width"), sources.whole(values, "height"))
        return StillPlan(sources.seconds(values, "timestamp"), str(values["format"]), size, crop)


def _crop(values: Values) -> Crop | None:
    if "cropX" not in values:
        return None
    x, y, width, height = (int(values[name]) for name in _CROP)
    return Crop(x, y, width, height)


TOOL = Thumbnail()
