"""NAL units: what comes apart goes together again, and nonsense is a surprise, not a crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.media.inside.nal import (
    ParameterSets,
    Repacker,
    access_kind,
    build_avcc,
    parse_extradata,
    split_annexb,
    split_packet,
)
from cutroom.media.inside.surprise import Surprise

# Real ones, of x264: 640x360 High, ids 0; and with sps-id=7.
_SPS = bytes.fromhex("6764001eacd940a02ff9610000030001000003003c0f162d96")
_PPS = bytes.fromhex("68ebe3cb22c0")
_SETS = ParameterSets((_SPS,), (_PPS,), 4)

_UNITS = st.lists(
    st.tuples(st.sampled_from([0x65, 0x41, 0x01, 0x06]), st.binary(max_size=60))
    .map(lambda parts: bytes([parts[0]]) + parts[1] + b"\x80")
    # Start codes cannot occur inside a unit: encoders escape them.
    .filter(lambda unit: b"\x00\x00" not in unit),
    min_size=1,
    max_size=8,
)


@given(_UNITS, st.sampled_from([1, 2, 4]))
def test_length_prefixed_units_come_apart(units: list[bytes], size: int) -> None:
    data = b"".join(len(unit).to_bytes(size, "big") + unit for unit in units)
    assert split_packet(data, size) == units


@given(_UNITS, st.lists(st.sampled_from([b"\x00\x00\x01", b"\x00\x00\x00\x01"]), min_size=8, max_size=8))
def test_units_between_start_codes_come_apart(units: list[bytes], codes: list[bytes]) -> None:
    assert split_annexb(b"".join(code + unit for code, unit in zip(codes, units, strict=False))) == units


@given(_UNITS)
def test_repacking_changes_the_framing_and_nothing_else(units: list[bytes]) -> None:
    start_codes = b"".join(b"\x00\x00\x00\x01" + unit for unit in (b"\x09\xf0", _SPS, _PPS, *units))
    fresh = Repacker(ParameterSets((_SPS,), (_PPS,), 0))(memoryview(start_codes))
    assert fresh is not None
    # But for unregistered user data (SEI 5), in which encoders and cameras speak of themselves.
    assert split_packet(fresh, 4) == [unit for unit in units if not (unit[0] == 0x06 and unit[1] == 5)]


def test_a_packet_that_is_right_already_is_left_alone() -> None:
    assert Repacker(_SETS)(memoryview(b"\x00\x00\x00\x03\x65\x88\x80")) is None


def test_parameters_changing_in_the_middle_are_a_surprise() -> None:
    other = _SPS[:-1] + b"\x17"
    data = len(other).to_bytes(4, "big") + other + b"\x00\x00\x00\x02\x65\x88"
    with pytest.raises(Surprise, match="change in the middle"):
        Repacker(_SETS)(memoryview(data))


def test_a_record_holds_all_sets_and_reads_back() -> None:
    second = ParameterSets((b"\x67\x64\x00\x28\x08\x80",), (b"\x68\x10\x80",), 4)
    parsed = parse_extradata(build_avcc([_SETS, second]))
    assert parsed.sps == (_SPS, *second.sps)
    assert parsed.pps == (_PPS, *second.pps)
    assert parsed.length_size == 4
    assert build_avcc([_SETS, second])[3] == 0x28, "the highest level of all"


def test_the_ids_in_use() -> None:
    assert _SETS.ids == {0}


@given(st.binary(max_size=200))
def test_any_header_is_read_or_a_surprise(data: bytes) -> None:
    try:
        sets = parse_extradata(data)
    except Surprise:
        return
    assert sets.sps
    assert sets.pps


@given(st.binary(max_size=200), st.sampled_from([0, 1, 2, 4]))
def test_any_packet_is_classified_or_a_surprise(data: bytes, size: int) -> None:
    try:
        access_kind(data, size)
    except Surprise:
        return
    assert data


def test_an_idr_is_told_from_other_pictures() -> None:
    assert access_kind(b"\x00\x00\x00\x02\x65\x88", 4) == (True, True)
    assert access_kind(b"\x00\x00\x00\x02\x41\x9a", 4) == (False, True)
    assert access_kind(b"\x00\x00\x00\x02\x01\x9e", 4) == (False, False)
    assert access_kind(b"\x00\x00\x01\x09\xf0\x00\x00\x01\x65\x88", 0) == (True, True)
