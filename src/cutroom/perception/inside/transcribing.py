"""The task ``transcribe``: what is said, from the best source there is, with a time for every word.

The ladder: captions or a subtitle file handed in, a text track of the file, a recogniser. Whatever was left out on the
way, or is less than it could be, is told in ``missing``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside import wire
from cutroom.media.inside.conversation import Conversation
from cutroom.model.percepts import Missing, Transcript, TranscriptSource, Turn, Word
from cutroom.perception import captions
from cutroom.perception.alignment import Aligner
from cutroom.perception.captions import Cue
from cutroom.perception.cue_timing import Film, align_cues, estimate
from cutroom.perception.inside.recogniser import Pending, recognise
from cutroom.perception.inside.sound import sound16k
from cutroom.perception.inside.text_tracks import text_tracks
from cutroom.perception.language import language_of
from cutroom.perception.languages import primary
from cutroom.perception.recognised import Recognised
from cutroom.perception.utterances import Piece, in_order_of_speech, segments
from cutroom.perception.voice import voice_spans
from cutroom.perception.word_times import in_order

SENSE = "transcript"
# Of a text too short to tell its language, this share of its words must be in the English dictionary to align it.
_ENGLISH = 0.7
_SAMPLE = 6000
# Written without spaces between words: a cue is one word, as far as times go.
_UNSPACED = {"zh", "ja", "th", "lo", "km", "my"}


@dataclass(frozen=True, slots=True)
class _Text:
    """A transcript without times of words."""

    cues: tuple[Cue, ...]
    source: TranscriptSource
    language: str | None


def transcribe(params: dict[str, Any], talk: Conversation) -> dict[str, Any]:
    """``Transcript``, packed, with ``missing`` beside its members; or ``{"pending": [...]}`` alone.

    ``pending`` asks the caller to have files of ``folder`` recognised (``file``, ``start``, ``end`` in s) and to call
    again with ``answers`` in ``recogniser``. Raises ``CutroomError(NO_AUDIO)`` where there is neither sound nor text.
    """
    missing: list[Missing] = []
    text = _given(params, missing) or _embedded(params, talk, missing)
    film = _film(params, talk, needed=text is None)
    if text is not None and film is not None and _better_heard(text, params):
        text = None
    if text is not None:
        found = _from_text(text, film, params, missing)
    elif film is not None:
        heard = recognise(params, film, missing)
        if isinstance(heard, Pending):
            return {"pending": heard.files}
        found = _from_recogniser(heard, film, params, missing)
    else:
        raise CutroomError(ErrorCode.NO_AUDIO, "The file has no sound.")
    return wire.pack_object(found) | {"missing": wire.pack(missing)}


def _given(params: dict[str, Any], missing: list[Missing]) -> _Text | None:
    """What was handed in, if it can be used."""
    given = params.get("given")
    if not given:
        return None
    parsed = captions.parse(given["text"])
    missing += [Missing(SENSE, problem, degraded=bool(parsed.cues)) for problem in parsed.problems]
    source = TranscriptSource(given["source"])
    return _text_of(parsed.cues, source, params.get("language")) if parsed.cues else None


def _embedded(params: dict[str, Any], talk: Conversation, missing: list[Missing]) -> _Text | None:
    try:
        track = text_tracks(params, talk, params.get("language"))
    except CutroomError as error:
        if error.code in {ErrorCode.NOT_MEDIA, ErrorCode.SOURCE_NOT_FOUND}:
            raise
        missing.append(Missing(SENSE, "The subtitles inside the file cannot be read.", degraded=True))
        return None
    if track is None:
        return None
    parsed = captions.parse(track.text)
    return _text_of(parsed.cues, TranscriptSource.EMBEDDED_SUBTITLES, track.language) if parsed.cues else None


def _text_of(cues: tuple[Cue, ...], source: TranscriptSource, stated: str | None) -> _Text:
    """What the text itself shows counts for more than what is stated of it."""
    shown = language_of(" ".join(cue.text for cue in cues)[:_SAMPLE])
    same = shown is not None and primary(stated) == primary(shown)
    return _Text(cues, source, stated if same or shown is None else shown)


def _film(params: dict[str, Any], talk: Conversation, *, needed: bool) -> Film | None:
    """The sound; None where there is none and text will do."""
    try:
        path = sound16k(params, talk, Path(params["folder"]))
    except CutroomError:
        if needed:
            raise
        return None
    size = path.stat().st_size // 2
    pcm = np.memmap(path, "<i2", "r", shape=(size,)) if size else np.zeros(0, np.int16)
    voice = params.get("voice")
    spans = [(float(start), float(end)) for start, end in voice] if voice is not None else voice_spans(pcm)
    return Film(pcm, spans, lambda fraction: talk.tick("transcribing", fraction))


def _better_heard(text: _Text, params: dict[str, Any]) -> bool:
    """Whether a recogniser that deserves the name beats a text which is a translation of what is said."""
    spoken, kind = primary(params.get("language")), (params.get("recogniser") or {}).get("kind")
    foreign = spoken is not None and text.language is not None and primary(text.language) != spoken
    return foreign and kind in {"whisper", "endpoint"} and text.source is TranscriptSource.EMBEDDED_SUBTITLES


def _from_text(text: _Text, film: Film | None, params: dict[str, Any], missing: list[Missing]) -> Transcript:
    spoken = primary(params.get("language"))
    if spoken is not None and text.language is not None and primary(text.language) != spoken:
        reason = f"The subtitles are a translation ({text.language}); the speech is said to be {spoken}."
        missing.append(Missing(SENSE, reason, degraded=True))
    cues = text.cues
    if film is not None:
        cues = _within(cues, film.duration, missing)
    aligner = Aligner.load() if film is not None and _alignable(text, spoken) else None
    if film is None:
        end = max((cue.end for cue in cues), default=0.0)
        film = Film(np.zeros(0, np.int16), None)
        timed = estimate(cues, film, "There is no sound to find the words in; their times are estimates.")
    elif aligner is None or not _is_english(text, aligner):
        end = film.duration
        timed = estimate(cues, film, _why_estimated(text, aligner))
    else:
        end = film.duration
        timed = align_cues(aligner, cues, film)
    missing += timed.missing
    pieces = [Piece(words, cue.new_voice) for words, cue in zip(timed.words, cues, strict=True)]
    # A cue that is shown at the wrong time may be said before the one it follows.
    pieces.sort(key=lambda piece: piece.words[0].start if piece.words else 0.0)
    language = text.language or ("en" if aligner is not None and _is_english(text, aligner) and cues else None)
    return _transcript(pieces, end, params, Transcript((), text.source, language))


def _alignable(text: _Text, spoken: str | None) -> bool:
    return primary(text.language) in {"en", None} and spoken in {"en", None}


def _is_english(text: _Text, aligner: Aligner) -> bool:
    if text.language is not None:
        return primary(text.language) == "en"
    words = [word.strip(".,!?\"'()-:;").lower() for cue in text.cues[:200] for word in cue.text.split()]
    known = [aligner.knows(word) for word in words if word]
    return bool(known) and sum(known) >= _ENGLISH * len(known)


def _why_estimated(text: _Text, aligner: Aligner | None) -> str:
    if aligner is None and primary(text.language) in {"en", None}:
        return "Nothing is installed that finds words in sound; the times of words are estimates."
    return "Only English words are found in sound; the times of words are estimates by voice activity."


def _within(cues: tuple[Cue, ...], duration: float, missing: list[Missing]) -> tuple[Cue, ...]:
    """Cues that begin before the end. All of them where most do not: their times may be wrong by a constant."""
    inside = tuple(cue for cue in cues if cue.start < duration)
    late = len(cues) - len(inside)
    if late:
        text = f"{late} subtitle cue{'s' * (late > 1)} after the end of the film left out."
        missing.append(Missing(SENSE, text, degraded=True))
    return inside


def _from_recogniser(
    heard: Recognised | None, film: Film, params: dict[str, Any], missing: list[Missing]
) -> Transcript:
    if heard is None:
        return Transcript((), TranscriptSource.ASR)
    utterances = heard.utterances
    if not heard.draft and primary(heard.language) == "en":
        utterances = _aligned(utterances, film)
    empty = Transcript((), TranscriptSource.ASR, heard.language, heard.recogniser, draft=heard.draft)
    del missing
    return _transcript([Piece(words) for words in utterances], film.duration, params, empty)


def _aligned(utterances: list[list[Word]], film: Film) -> list[list[Word]]:
    """The same words at the times at which they are found; as they were where they are not."""
    aligner = Aligner.load()
    if aligner is None or not utterances:
        return utterances
    cues = [Cue(words[0].start, words[-1].end, " ".join(word.text for word in words)) for words in utterances]
    timed = align_cues(aligner, cues, film).words
    return [_better(before, after) for before, after in zip(utterances, timed, strict=True)]


def _better(before: list[Word], after: list[Word]) -> list[Word]:
    from dataclasses import replace

    from cutroom.model.percepts import Timing

    if len(after) != len(before) or any(word.timing is Timing.INTERPOLATED for word in after):
        return before
    return [replace(new, confidence=old.confidence) for old, new in zip(before, after, strict=True)]


def _transcript(pieces: Sequence[Piece], duration: float, params: dict[str, Any], empty: Transcript) -> Transcript:
    """``empty`` with the words of ``pieces``: in order, within the film, in segments with speakers."""
    from dataclasses import replace

    tidy, last = [], 0.0
    for piece in pieces:
        words = in_order((replace(word, start=max(word.start, last)) for word in piece.words), duration)
        if words:
            last = words[-1].end
            tidy.append(Piece(words, piece.new_voice))
    turns = params.get("turns")
    known = None if turns is None else [Turn(float(start), float(end), str(who)) for start, end, who in turns]
    spaced = primary(empty.language) not in _UNSPACED
    found = segments(tidy, known, spaced=spaced)
    return replace(empty, segments=in_order_of_speech(found))
