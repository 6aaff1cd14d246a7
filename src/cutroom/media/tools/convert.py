"""Another format: streams that the target takes are copied, the others encoded."""

from __future__ import annotations

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.tools import sources
from cutroom.media.tools.formats import CONVERT_FORMATS, FORMATS
from cutroom.media.tools.tool import Facts, FilmPlan, Pictures, Plan, SoundFilePlan, Sounds
from cutroom.model.tool import Choice, Needs, Spec, Values

SPEC = Spec(
    "convert",
    "Converts a video or sound file to another format.",
    Needs.ANY,
    (
        Choice(
            "outputFormat", CONVERT_FORMATS, required=True, help="the format to make; sound formats drop the picture"
        ),
    ),
)


class Convert:
    """``outputFormat`` names a row of the table of formats."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        target = FORMATS[str(values["outputFormat"])]
        if target.sound_only:
            sources.default_track(sources.film(facts))
        elif sources.film(facts).video is None:
            raise CutroomError(
                ErrorCode.NO_VIDEO, f"The file has no picture to put into {target.name.upper()}, only sound.",
                next_step="Choose a sound format.",
            )  # fmt: skip

    def plan(self, values: Values, facts: Facts) -> Plan:
        del facts
        target = FORMATS[str(values["outputFormat"])]
        if target.sound_only:
            return SoundFilePlan(target)
        return FilmPlan(target, Pictures.KEEP, Sounds.KEEP, odd=False)


TOOL = Convert()
