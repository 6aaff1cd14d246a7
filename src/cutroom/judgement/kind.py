"""What kind of film it is, as far as advice must know: no film is advised to be another kind of film."""

from __future__ import annotations

from cutroom.judgement import measures as m
from cutroom.judgement.staging import staging
from cutroom.judgement.video_format import video_format
from cutroom.judgement.weights import weights
from cutroom.model.percepts import Percepts

_PEOPLE = frozenset({"talking_head", "talking_head_with_broll", "interview", "vlog"})
_SCREENS = frozenset({"screen_recording", "slideshow", "gameplay"})
_OF_SPEECH = frozenset({"time_to_first_word", "opening_pattern", "preamble", "screen_text", "loudness_onset"})
_OF_SOUND = frozenset({"time_to_first_sound", "loudness_onset"})
_OF_PICTURES = frozenset({"first_second_motion", "picture_changes"})


def carried_by_speech(percepts: Percepts) -> bool:
    """Whether the film is one that talks to its viewers: no song, and no film with a few words in it."""
    seconds, length = m.speech_seconds(percepts), m.duration_of(percepts)
    if not seconds or not length or m.sung(percepts):
        return False
    return seconds / length >= weights().number("talk_carries")


def unfit_advice(percepts: Percepts) -> frozenset[str]:
    """The components of ``hook_strength`` on which a film of this kind is given no advice."""
    unfit: frozenset[str] = frozenset()
    if not carried_by_speech(percepts):
        unfit |= _OF_SPEECH
    if m.soundless(percepts):
        unfit |= _OF_SOUND
    if percepts.seeing is None:
        return unfit
    told = video_format(
        staging(percepts.seeing, percepts.hearing, percepts.transcript, sung=m.sung(percepts)), gaming=False
    ).name
    if told not in _PEOPLE:
        unfit |= {"face"}
    return unfit | _OF_PICTURES if told in _SCREENS else unfit
