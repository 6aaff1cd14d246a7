"""Reading the packets of a range from several streams, for what is not copied straight into a clip."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from cutroom.media.inside.seeking import seek

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

    from cutroom.media.outcome import Bounds

# Sound may be stored this long (s) before or behind the pictures it belongs to, and decoders need a little run-in.
MARGIN = Fraction(2)


def packets_of_range(container: InputContainer, streams: Sequence[Stream], bounds: Bounds) -> Iterator[Packet[Any]]:
    """Packets of ``streams``: pictures from the key frame on, sound from a margin before, both until a margin after."""
    lead = streams[0]
    begin = min(bounds.key, bounds.first) if lead.type == "video" else bounds.first
    seek(container, round((begin - MARGIN) / cast("Fraction", lead.time_base)), lead)
    open_ends = {stream.index for stream in streams}
    for packet in container.demux(*streams):
        if packet.pts is None or not packet.size:
            continue
        time = packet.pts * packet.time_base
        if time > bounds.end + MARGIN:
            open_ends.discard(packet.stream_index)
            if not open_ends:
                return
        elif time >= (bounds.key if packet.stream.type == "video" else bounds.first - MARGIN):
            yield packet


def shown_time(packet: Packet[Any]) -> Fraction:
    """When the packet is shown or heard (s)."""
    return (packet.pts or 0) * packet.time_base


def decode_time(packet: Packet[Any]) -> Fraction:
    """When the packet is decoded (s); formats that do not say mean when it is shown."""
    return (packet.dts if packet.dts is not None else packet.pts or 0) * packet.time_base
