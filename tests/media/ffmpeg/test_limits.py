from __future__ import annotations

from fractions import Fraction

from cutroom.media.ffmpeg.limits import GIB, cpu_bound, limits_for


def test_address_space_grows_with_pictures_and_threads() -> None:
    small, large = limits_for(640 * 360, threads=2), limits_for(3840 * 2160, threads=2)
    assert 2 * GIB < (small.address_space or 0) < (large.address_space or 0) < 12 * GIB
    assert (limits_for(0, threads=16).address_space or 0) > (limits_for(0, threads=1).address_space or 0)


def test_the_cpu_bound_is_generous_but_finite() -> None:
    hour_of_1080p = cpu_bound(Fraction(3600), 1920 * 1080)
    assert 10 * 3600 < hour_of_1080p < 100 * 3600
    assert cpu_bound(Fraction(1, 30), 100) >= 120
