"""The subtitles inside a file, as one text: of several tracks the one in the language that is spoken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cutroom.media.extras import Extras
from cutroom.media.inside import wire
from cutroom.media.inside.conversation import Conversation
from cutroom.media.inside.extras import extras
from cutroom.media.inside.opening import open_media
from cutroom.media.inside.probing import sound_tracks
from cutroom.perception.languages import primary


@dataclass(frozen=True, slots=True)
class TextOfTrack:
    """A track as SubRip, and the language it states."""

    text: str
    language: str | None


def text_tracks(params: dict[str, Any], talk: Conversation, spoken: str | None) -> TextOfTrack | None:
    """The best text track of input ``video``; None where there is none.

    Best is one in the language of the sound (as ``spoken`` or the file says), then the longest: tracks that only
    translate signs are short. Raises ``CutroomError`` for files that cannot be read.
    """
    with open_media(params["video"], "video", talk) as container:
        if not container.streams.subtitles:
            return None
        tags = [track.language for track in sound_tracks(container)]
    wanted = primary(spoken) or next((found for found in map(primary, tags) if found), None)
    with TemporaryDirectory(dir=params["folder"]) as place:
        asked = {"video": params["video"], "start": "0", "end": None, "folder": place, "captions": [], "words": True}
        found = wire.unpack(Extras, extras(asked, talk))
        tracks = [
            TextOfTrack((Path(place) / track.file).read_text("utf-8"), primary(track.language)) for track in found.texts
        ]
    return max(tracks, key=lambda track: (track.language == wanted, len(track.text)), default=None)
