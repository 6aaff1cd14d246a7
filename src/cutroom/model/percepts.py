"""What the senses perceive in a video: measured facts with times, and nothing of what they may mean.

Instants of pictures (shots, key frames) are exact: fractions of a second on the film's own clock, from its first
picture. What an analysis of a signal estimates is in float seconds of the same clock, rounded to milliseconds. A fact
that could not be measured is None, and ``missing`` of its group names the sense and why; zero means measured zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in seconds; ``start`` < ``end``."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Missing:
    """A sense that gave nothing or less than it can."""

    sense: str
    reason: str
    """One sentence for the user, e.g. "No speech recogniser is installed."."""
    degraded: bool = False
    """Whether it gave something all the same, of a lesser kind."""
    passing: bool = False
    """Whether the next try may do better: somebody else's service did not answer. Such a percept is not kept."""


class Timing(StrEnum):
    """How the times of words are known, best first."""

    NATIVE = "native"
    ALIGNED = "aligned"
    INTERPOLATED = "interpolated"


class TranscriptSource(StrEnum):
    """Where a transcript comes from, first choice first."""

    PLATFORM_CAPTIONS = "platform_captions"
    SUBTITLE_FILE = "subtitle_file"
    EMBEDDED_SUBTITLES = "embedded_subtitles"
    ASR = "asr"


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word. ``confidence`` 0..1, None where nothing measured it (imported captions)."""

    start: float
    end: float
    text: str
    timing: Timing
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A cue, a sentence or an utterance. ``speaker`` is "A", "B", ... in order of first speech."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """What is said. Segments in order of start; empty where nobody speaks."""

    segments: tuple[Segment, ...]
    source: TranscriptSource
    language: str | None = None
    """BCP-47; None where the text is too short to tell."""
    recogniser: str | None = None
    """What recognised the speech, and its version."""
    draft: bool = False
    """Whether it is a rough draft that no one should quote."""

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for segment in self.segments for word in segment.words)


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R 128. None where nothing passes the gate (silence)."""

    integrated_lufs: float | None = None
    true_peak_db: float | None = None
    range_lu: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch in which one person speaks. ``speaker`` as in ``Segment``."""

    start: float
    end: float
    speaker: str


@dataclass(frozen=True, slots=True)
class SoundEvent:
    """Something heard: ``label`` is speech, music, silence, laughter, applause, ... ``confidence`` 0..1."""

    start: float
    end: float
    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Music:
    """``ratio`` 0..1 of the time with music; ``energy`` 0..1; ``bpm_candidates`` best first, octaves among them."""

    present: bool
    ratio: float
    spans: tuple[Span, ...] = ()
    bpm: float | None = None
    bpm_candidates: tuple[float, ...] = ()
    energy: float | None = None
    key: str | None = None
    """E.g. "A minor"."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """The sound of a film that has any."""

    duration: float
    loudness: Loudness
    energy: tuple[float, ...]
    """0..1, one value a second from 0."""
    silences: tuple[Span, ...]
    noise_floor_db: float | None
    """dBFS of the quietest tenth; None in digital silence."""
    clipping_ratio: float
    voice: tuple[Span, ...] | None
    """Where somebody speaks; None where no detector ran."""
    music: Music
    turns: tuple[Turn, ...] | None
    """Who speaks when; None where speakers could not be told apart by voice."""
    events: tuple[SoundEvent, ...] = ()
    speech_to_rest_db: float | None = None
    """Level of speech above the level of what is heard between it, dB."""
    bandwidth_hz: float | None = None
    """Where the spectrum of speech ends."""
    dropouts: tuple[Span, ...] = ()
    """Sudden digital silence in the middle of sound."""
    start_similarity: float | None = None
    """How the last half second resembles the first in level and pitch classes, 0..1."""
    missing: tuple[Missing, ...] = ()

    @property
    def voice_seconds(self) -> float | None:
        return None if self.voice is None else sum(span.end - span.start for span in self.voice)


class CameraMotion(StrEnum):
    """How the camera moves in a shot, or in a film; ``MIXED`` is for films alone."""

    STATIC = "static"
    HANDHELD = "handheld"
    PAN = "pan"
    TILT = "tilt"
    ZOOM = "zoom"
    MIXED = "mixed"


class ShotSize(StrEnum):
    """How much of the picture the person shown takes."""

    CLOSE_UP = "close_up"
    MEDIUM = "medium"
    WIDE = "wide"


class Transition(StrEnum):
    """How a shot begins."""

    START = "start"
    CUT = "cut"
    DISSOLVE = "dissolve"
    FADE = "fade"


@dataclass(frozen=True, slots=True)
class Look:
    """How pictures look, each 0..1."""

    brightness: float
    contrast: float
    saturation: float
    sharpness: float
    complexity: float
    motion: float
    noise: float = 0.0
    blockiness: float = 0.0
    dark_clipped: float = 0.0
    """Share of pixels that are black, letterbox not counted."""
    light_clipped: float = 0.0
    """Share of pixels that are white."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A stretch between two changes of picture. Shots cover the film without gaps."""

    start: Fraction
    end: Fraction
    first_frame: int
    """Number of its first picture, counted from the film's first."""
    begins_with: Transition
    look: Look
    camera: CameraMotion
    shake: float
    """Unsteadiness of the camera beyond its intended movement, share of the picture's height per second."""
    size: ShotSize | None = None
    """None where no face tells it."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """The picture that stands for a shot."""

    frame_index: int
    t: Fraction
    shot: int
    file: str
    """Its name in the folder of the key frames."""


@dataclass(frozen=True, slots=True)
class Box:
    """A place in the picture in shares of its width and height, 0..1, from its top left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class FaceAt:
    """A face in one picture. ``mouth`` is how much its mouth moved since the one before, 0..1."""

    t: float
    box: Box
    score: float
    mouth: float | None = None


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face, followed; a track never crosses a cut."""

    id: int
    start: float
    end: float
    faces: tuple[FaceAt, ...]
    speaker: str | None = None
    """Whose voice goes with it, as in ``Segment``."""


@dataclass(frozen=True, slots=True)
class ScreenText:
    """Text read in the picture. ``height`` of its letters as a share of the picture's height."""

    start: float
    end: float
    text: str
    box: Box
    height: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Colour:
    """``hex`` is "#RRGGBB"; ``share`` 0..1 of the pixels."""

    hex: str
    share: float


@dataclass(frozen=True, slots=True)
class Border:
    """Black bars, in pixels of the upright picture."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Seeing:
    """The pictures of a film that has any. Sizes in pixels of the upright picture."""

    duration: float
    width: int
    height: int
    frames: int
    shots: tuple[Shot, ...]
    keyframes: tuple[Keyframe, ...]
    look: Look
    looks: tuple[Look, ...]
    """One a second from 0."""
    camera: CameraMotion
    colours: tuple[Colour, ...]
    letterbox: Border | None
    black: tuple[Span, ...]
    freezes: tuple[Span, ...]
    flashes: tuple[float, ...] = ()
    faces: tuple[FaceTrack, ...] | None = None
    """None where no detector ran."""
    facecam: Box | None = None
    """The small picture of a person inside a larger one of something else."""
    text: tuple[ScreenText, ...] | None = None
    """None where nothing could read."""
    first_second_motion: float = 0.0
    loop_similarity: float | None = None
    """Structural similarity of the film's last picture with its first, 0..1."""
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What models of language say of the transcript's segments; empty where there is none."""

    vectors: tuple[tuple[float, ...], ...] = ()
    """One a segment, of length one."""
    model: str | None = None
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is known of a film before anybody looks at it: the page it is from, and its file."""

    url: str | None = None
    platform: str = "upload"
    source_type: str = "upload"
    file_name: str | None = None
    title: str | None = None
    description: str | None = None
    uploader: str | None = None
    uploader_handle: str | None = None
    published_at: str | None = None
    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    followers: int | None = None
    track: str | None = None
    """The music's title, where the page or the file's tags say it."""
    artist: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The file itself. Sizes upright, in square pixels as shown."""

    duration: float
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    size_bytes: int | None = None
    bitrate_kbps: int | None = None
    container: str = ""
    video_codec: str | None = None
    audio_codec: str | None = None


@dataclass(frozen=True, slots=True)
class Percepts:
    """Everything perceived in one film. A group that was not asked for, or that the film has not, is None."""

    source: SourceFacts
    file: FileFacts
    hearing: Hearing | None = None
    transcript: Transcript | None = None
    seeing: Seeing | None = None
    reading: Reading = field(default_factory=Reading)
    missing: tuple[Missing, ...] = ()
