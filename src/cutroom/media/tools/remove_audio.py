"""A video without its sound, the picture bit for bit that of the source."""

from __future__ import annotations

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.encode_picture import RGB_FORMATS
from cutroom.media.tools import sources
from cutroom.media.tools.formats import FORMATS, OutputFormat
from cutroom.media.tools.tool import Facts, FilmPlan, Pictures, Plan, Sounds
from cutroom.model.tool import Needs, Spec, Values

SPEC = Spec("remove-audio", "Removes the sound from a video.", Needs.PICTURE, ())


class RemoveAudio:
    """Nothing is encoded: the container is kept, or else the first that can hold the picture."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        del values
        if _target(facts) is None:
            raise CutroomError(
                ErrorCode.SOURCE_UNSUPPORTED,
                "The pictures of this file are coded in a way that no format we write can hold unchanged.",
                next_step="Convert the file first.",
            )

    def plan(self, values: Values, facts: Facts) -> Plan:
        del values
        return FilmPlan(_target(facts) or FORMATS["mkv"], Pictures.COPY, Sounds.NONE)


def _target(facts: Facts) -> OutputFormat | None:
    video, kept = sources.picture(facts), sources.kept_container(sources.film(facts))
    if video.codec == "rawvideo" and kept.name != "mov":
        # Into Matroska go plain samples of YUV alone, and in QuickTime few layouts of those can be told apart.
        return FORMATS["mov" if video.pixel_format.startswith(RGB_FORMATS) else "mkv"]
    return next((row for row in (kept, FORMATS["mkv"], FORMATS["mov"]) if video.codec in row.video_holds), None)


TOOL = RemoveAudio()
