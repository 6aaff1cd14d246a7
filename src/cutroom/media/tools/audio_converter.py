"""A sound file in another format."""

from __future__ import annotations

from cutroom.media.tools.formats import FORMATS
from cutroom.media.tools.parameters import audio_format
from cutroom.media.tools.tool import Facts, Plan, SoundFilePlan
from cutroom.model.tool import Needs, Spec, Values

SPEC = Spec(
    "audio-converter",
    "Converts sound to another format.",
    Needs.SOUND,
    (audio_format("outputFormat"),),
)


class AudioConverter:
    """Copied where the format already is the one asked for."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        """Everything with sound can be converted."""

    def plan(self, values: Values, facts: Facts) -> Plan:
        del facts
        return SoundFilePlan(FORMATS[str(values["outputFormat"])])


TOOL = AudioConverter()
