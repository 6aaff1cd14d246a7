"""Telling the fetcher of a remote file which bytes a cut will need, from the container's own index.

Only a hint: what it misses is fetched on demand, what it has too much is wasted.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

from cutroom.media.inside.window import REORDER

if TYPE_CHECKING:
    from av import VideoStream
    from av.container import InputContainer
    from av.stream import Stream

    from cutroom.media.inside.conversation import Conversation
    from cutroom.model.clip import CutRequest
    from cutroom.model.media import MediaFacts


def announce(
    container: InputContainer, video: VideoStream | None, facts: MediaFacts, request: CutRequest, talk: Conversation,
    name: str = "video",
) -> None:  # fmt: skip
    """Send the byte range of the packets from the key frame before the start to the end."""
    begin, end = facts.origin + request.start, facts.origin + request.end
    spans = [
        _span(stream, begin, end)
        for stream in (video, *container.streams.audio)
        if stream is not None and len(stream.index_entries) > 1
    ]
    found = [span for span in spans if span is not None]
    if found:
        low, high = min(low for low, _ in found), max(high for _, high in found)
        talk.expect(name, low, high - low)


def _span(stream: Stream, begin: Fraction, end: Fraction) -> tuple[int, int] | None:
    """First and last byte in one stream's index for container times [begin, end)."""
    entries, tick = stream.index_entries, cast("Fraction", stream.time_base)
    first = entries.search_timestamp(int(begin / tick), backward=True, any_frame=False)
    last = entries.search_timestamp(int(end / tick), backward=False, any_frame=True)
    first = max(first, 0)
    # Pictures shown before the end may be stored a few places after it.
    last = len(entries) - 1 if last < 0 else min(last + REORDER, len(entries) - 1)
    low, high = entries[first].pos, entries[last].pos + entries[last].size
    return (low, high) if 0 <= low < high else None
