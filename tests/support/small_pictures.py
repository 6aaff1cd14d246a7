"""Small pictures as the senses get them, made from drawn ones without any film."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cutroom.perception.sense import Planes

Image = npt.NDArray[Any]
SIZE = (96, 54)


def planes_of(image: Image) -> Planes:
    """The small picture of a BGR one."""
    small = cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA)
    luma, red, blue = cv2.split(cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb))
    half = (SIZE[0] // 2, SIZE[1] // 2)
    chroma = [cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in (blue, red)]
    return Planes(np.ascontiguousarray(luma), np.stack(chroma))


def plain(luma: int) -> Planes:
    """One grey all over."""
    return planes_of(np.full((54, 96, 3), luma, np.uint8))
