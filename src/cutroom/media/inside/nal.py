"""H.264 at the level of NAL units: parameter sets, random access points, and the ``avcC`` record that names them.

Method: ISO/IEC 14496-15 (avcC), ITU-T H.264 7.3.1 and 7.4.1 (NAL units). Nothing is parsed deeper than the two
Exp-Golomb ids a parameter set starts with.
"""

from __future__ import annotations

from dataclasses import dataclass

from cutroom.media.inside.surprise import Surprise

_SLICE, _IDR, _SEI, _SPS, _PPS, _AUD, _END, _FILLER = 1, 5, 6, 7, 8, 9, 10, 12
_LENGTH_SIZE = 4
_RECOVERY_POINT = 6
_BEGINNING = 64  # bytes; slice headers are shorter


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """What a decoder must know before the first slice."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    length_size: int
    """Bytes of the length before each NAL unit in packets; 0 for start codes (Annex B)."""
    extension: bytes = b""
    """What an avcC of a High profile carries behind the sets."""

    @property
    def ids(self) -> set[int]:
        """Every parameter set id in use."""
        return {_exp_golomb(s[4:]) for s in self.sps} | {_exp_golomb(p[1:]) for p in self.pps}


def parse_extradata(extradata: bytes) -> ParameterSets:
    """From a stream's extradata in either form. Raises ``Surprise`` when it is neither or incomplete."""
    if extradata[:1] == b"\x01":
        return _parse_avcc(extradata)
    units = split_annexb(extradata)
    sps = tuple(u for u in units if u[0] & 31 == _SPS)
    pps = tuple(u for u in units if u[0] & 31 == _PPS)
    if not sps or not pps:
        raise Surprise("the stream's header carries no parameter sets")
    return ParameterSets(sps, pps, 0)


def _parse_avcc(data: bytes) -> ParameterSets:
    try:
        sets: list[list[bytes]] = []
        at = 6
        for kind in (_SPS, _PPS):
            count = data[5] & 31
            if kind == _PPS:
                count, at = data[at], at + 1
            found = []
            for _ in range(count):
                length = int.from_bytes(data[at : at + 2], "big")
                found.append(data[at + 2 : at + 2 + length])
                at += 2 + length
            sets.append(found)
    except IndexError as error:
        raise Surprise("the stream's header is incomplete") from error
    if not all(len(u) >= 4 for u in sets[0]) or not sets[0] or not sets[1] or not all(sets[1]):
        raise Surprise("the stream's header carries no parameter sets")
    return ParameterSets(tuple(sets[0]), tuple(sets[1]), (data[4] & 3) + 1, data[at:])


def build_avcc(sets: list[ParameterSets]) -> bytes:
    """One record naming all sets; profile and compatibility of the first, the highest level of all."""
    sps = [unit for s in sets for unit in s.sps]
    pps = [unit for s in sets for unit in s.pps]
    if len(sps) > 31 or len(pps) > 255:
        raise Surprise("the stream uses more parameter sets than one record holds")
    record = bytearray(
        [1, sps[0][1], sps[0][2], max(unit[3] for unit in sps), 0xFC | (_LENGTH_SIZE - 1), 0xE0 | len(sps)]
    )
    for unit in sps:
        record += len(unit).to_bytes(2, "big") + unit
    record.append(len(pps))
    for unit in pps:
        record += len(unit).to_bytes(2, "big") + unit
    return bytes(record + sets[0].extension)


def split_annexb(data: bytes) -> list[bytes]:
    """NAL units between start codes."""
    units = []
    at = data.find(b"\x00\x00\x01")
    while at >= 0:
        begin = at + 3
        at = data.find(b"\x00\x00\x01", begin)
        # Zeros before the next start code are padding: a NAL unit never ends in one.
        unit = data[begin:].rstrip(b"\x00") if at < 0 else data[begin:at].rstrip(b"\x00")
        if unit:
            units.append(unit)
    return units


def split_packet(data: bytes, length_size: int) -> list[bytes]:
    """NAL units of one packet. Raises ``Surprise`` when the lengths do not add up."""
    if not length_size:
        return split_annexb(data)
    units, at = [], 0
    while at + length_size <= len(data):
        length = int.from_bytes(data[at : at + length_size], "big")
        at += length_size
        if at + length > len(data):
            raise Surprise("a packet's lengths do not add up")
        if length:
            units.append(data[at : at + length])
        at += length
    return units


def access_kind(data: bytes | memoryview, length_size: int) -> tuple[bool, bool]:
    """(is an IDR picture, is used as a reference by others), from the first slice of a packet."""
    if length_size:
        at, size = 0, len(data)
        while at + length_size < size:
            header = data[at + length_size]
            if header & 31 in {_SLICE, 2, _IDR}:
                return header & 31 == _IDR, bool(header & 0x60)
            at += length_size + int.from_bytes(data[at : at + length_size], "big")
    else:
        data = bytes(data)
        at = data.find(b"\x00\x00\x01")
        while 0 <= at < len(data) - 3:
            header = data[at + 3]
            if header & 31 in {_SLICE, 2, _IDR}:
                return header & 31 == _IDR, bool(header & 0x60)
            at = data.find(b"\x00\x00\x01", at + 3)
    raise Surprise("a packet holds no slice this cut understands")


def beginnings(data: bytes, length_size: int) -> bytes:
    """The packet with every slice cut short: enough for what its headers say, and no picture to decode.

    Raises ``Surprise`` when the lengths do not add up.
    """
    out = bytearray()
    for unit in split_packet(data, length_size):
        short = unit[:_BEGINNING] if unit[0] & 31 in {_SLICE, _IDR} else unit
        out += (len(short).to_bytes(length_size, "big") if length_size else b"\x00\x00\x01") + short
    return bytes(out)


def frames_to_recovery(data: bytes, length_size: int) -> int:
    """After how many more reference pictures decoding from here is right: 0 for ordinary key frames.

    Streams with periodic intra refresh flag as key frames what only starts a recovery (H.264 D.1.8).
    """
    for unit in split_packet(data, length_size):
        if unit[0] & 31 == _SEI:
            at = 1
            while at + 2 < len(unit):
                kind, size = unit[at], unit[at + 1]
                if kind == _RECOVERY_POINT:
                    return _exp_golomb(unit[at + 2 :])
                if 0xFF in {kind, size}:  # long messages (user data): nothing of interest follows in practice
                    break
                at += 2 + size
        elif unit[0] & 31 in {_SLICE, _IDR}:
            break
    return 0


class Repacker:
    """Turns source packets into 4-byte-length ones, without parameter sets (they live in the avcC) and user data.

    Raises ``Surprise`` when a packet carries parameter sets other than the announced ones: the stream changes in
    the middle and cannot be described by one record.
    """

    LENGTH_SIZE = _LENGTH_SIZE

    def __init__(self, sets: ParameterSets) -> None:
        self._length_size = sets.length_size
        self._known = frozenset(sets.sps + sets.pps)

    def __call__(self, data: memoryview) -> bytes | None:
        """The packet's new bytes, or None when the old ones serve as they are."""
        if self._length_size == _LENGTH_SIZE and not self._has_parameter_sets(data):
            return None
        out = bytearray()
        for unit in split_packet(bytes(data), self._length_size):
            kind = unit[0] & 31
            if kind in {_SPS, _PPS}:
                if unit not in self._known:
                    raise Surprise("the stream's parameters change in the middle")
            elif kind not in {_AUD, _END, _FILLER} and not _is_message(unit):
                out += len(unit).to_bytes(_LENGTH_SIZE, "big") + unit
        return bytes(out)

    def _has_parameter_sets(self, data: memoryview) -> bool:
        at, size = 0, len(data)
        while at + 4 < size:
            kind = data[at + 4] & 31
            if kind in {_SPS, _PPS} or (kind == _SEI and bytes(data[at + 5 : at + 6]) == b"\x05"):
                return True
            if kind in {_SLICE, _IDR}:
                return False
            at += 4 + int.from_bytes(data[at : at + 4], "big")
        return False


def _is_message(unit: bytes) -> bool:
    """Unregistered user data: what the source's encoder or camera says of itself. It stays behind."""
    return unit[0] & 31 == _SEI and unit[1:2] == b"\x05"


def _exp_golomb(data: bytes) -> int:
    """The unsigned Exp-Golomb number at the start of ``data``."""
    bits = int.from_bytes(data[:8].ljust(8, b"\x00"), "big")
    zeros = 64 - bits.bit_length()
    if zeros > 16:
        raise Surprise("a parameter set cannot be read")
    return (bits >> (63 - 2 * zeros)) - 1
