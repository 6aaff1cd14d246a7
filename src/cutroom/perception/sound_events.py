"""What is heard when, as a list: speech, music and silence.

Laughter and applause are not told apart from other noise without a model trained on them: nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Missing, Music, SoundEvent

LAUGHTER = Missing("sound_events", "Laughter and applause are not recognised: no model for them is installed.", True)  # noqa: FBT003 - a part of the noun


def sound_events(
    voice: Sequence[tuple[float, float]],
    probabilities: npt.NDArray[np.float32],
    step: float,
    music: Music,
    silences: Sequence[tuple[float, float]],
) -> tuple[SoundEvent, ...]:
    """The events in order of their start.

    The confidence of speech is the mean probability (one every ``step`` seconds) that the detector gave it; music
    and silence are decided by rules, so that theirs is 1.
    """
    events = [
        SoundEvent(start, end, "speech", _mean(probabilities[int(start / step) : int(np.ceil(end / step))]))
        for start, end in voice
    ]
    events += [SoundEvent(span.start, span.end, "music", 1.0) for span in music.spans]
    events += [SoundEvent(start, end, "silence", 1.0) for start, end in silences]
    return tuple(sorted(events, key=lambda event: (event.start, event.label)))


def _mean(values: npt.NDArray[np.float32]) -> float:
    return round(float(values.mean()), 3) if len(values) else 0.0
