"""The sound of a video as a file of its own."""

from __future__ import annotations

from cutroom.media.tools.formats import FORMATS
from cutroom.media.tools.parameters import audio_format
from cutroom.media.tools.tool import Facts, Plan, SoundFilePlan
from cutroom.model.tool import Needs, Spec, Values

SPEC = Spec(
    "extract-audio",
    "Takes the sound out of a video.",
    Needs.SOUND,
    (audio_format("audioFormat", default="mp3"),),
)


class ExtractAudio:
    """As long as the video: silence stands where the video is silent."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        """Everything with sound has something to extract."""

    def plan(self, values: Values, facts: Facts) -> Plan:
        del facts
        return SoundFilePlan(FORMATS[str(values["audioFormat"])])


TOOL = ExtractAudio()
