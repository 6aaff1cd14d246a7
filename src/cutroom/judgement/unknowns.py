"""Why a measured field of what is seen and heard is null, where it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cutroom.judgement import measures as m
from cutroom.model.percepts import Percepts

_NOBODY = "Nobody speaks."
_NO_MUSIC = "No music was heard."
_FACELESS = "The size of a shot is told by faces, and nobody's face is shown."


def unknowns(percepts: Percepts, fields: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """The pointer from ``media_understanding`` of every such field that is null, and the reason."""
    seen, heard = fields["visual_analysis"], fields["audio_analysis"]
    if all(share is None for share in seen["shot_types"].values()):
        yield "visual_analysis/shot_types", _unsized(percepts)
    for number, scene in enumerate(seen["scenes"]):
        if scene["shot_type"] is None:
            yield f"visual_analysis/scenes/{number}/shot_type", _unsized(percepts)
    if heard["noise_floor_db"] is None:
        silent = "At least a tenth of the sound is digital silence: there is no noise to measure."
        yield "audio_analysis/noise_floor_db", m.NO_SOUND if percepts.hearing is None else silent
    for part, reasons in (("music", _of_music(percepts)), ("speech", _of_speech(percepts))):
        for name, reason in reasons.items():
            if heard[part][name] is None:
                yield f"audio_analysis/{part}/{name}", reason


def _unsized(percepts: Percepts) -> str:
    if percepts.seeing is None:
        return m.NO_PICTURES
    return m.NO_FACES if percepts.seeing.faces is None else _FACELESS


def _of_music(percepts: Percepts) -> dict[str, str]:
    names = ("bpm_estimate", "key", "energy", "track_title")
    if percepts.hearing is None:
        return dict.fromkeys(names, m.NO_SOUND)
    title = {"track_title": "Neither the page nor the file names the music."}
    music = percepts.hearing.music
    if music is None:
        return dict.fromkeys(names, "No music was looked for.") | title
    if not music.present:
        return dict.fromkeys(names, _NO_MUSIC) | title
    clear = {
        "bpm_estimate": "The music has no clear beat.",
        "key": "The music has no clear key.",
        "energy": "How strong the music is was not measured.",
    }
    return clear | title


def _of_speech(percepts: Percepts) -> dict[str, str]:
    if percepts.hearing is None:
        return dict.fromkeys(("language", "speech_rate_wpm_est"), m.NO_SOUND)
    if m.speaks(percepts) is False:
        return dict.fromkeys(("language", "speech_rate_wpm_est"), _NOBODY)
    if percepts.transcript is None or not percepts.transcript.segments:
        return dict.fromkeys(("language", "speech_rate_wpm_est"), "The words of the speech are not known.")
    return {"language": "Its words do not tell the language.", "speech_rate_wpm_est": "Too little is said."}
