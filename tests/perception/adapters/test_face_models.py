from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.perception.adapters.face_models import BlazeFace, CenterFace, Found, iou, merge
from tests.support.models import MODELS, needs_models
from tests.support.seen import moved, place, portraits

FACES = st.builds(
    lambda x, y, size, score: Found(x, y, size, (x, y), (x, y), score),
    st.floats(0, 500), st.floats(0, 500), st.floats(5, 200), st.floats(0.3, 1),
)  # fmt: skip


@pytest.mark.slow
@needs_models
@pytest.mark.parametrize("who", ["astronaut", "hopper"])
def test_both_detectors_find_the_same_face_in_any_shape_of_picture(who: str) -> None:
    whole = place(moved(11, 0), portraits()[who], (640, 330), 110)
    for picture, x in ((whole, 640), (np.ascontiguousarray(whole[:, 400:900]), 240)):
        for detector in (
            BlazeFace(MODELS / "blazeface-back.tflite"),
            CenterFace(MODELS / "centerface.onnx"),
        ):
            best = detector.detect(picture, 640, 0.4)[0]
            assert (best.x, best.y) == pytest.approx((x, 330), abs=11)
            assert best.size == pytest.approx(110, rel=0.2)
            assert best.eyes[1] < best.y < best.mouth[1]


@needs_models
def test_an_empty_picture_has_no_face() -> None:
    for shape in ((40, 60, 3), (360, 640, 3)):
        picture = np.zeros(shape, np.uint8)
        assert BlazeFace(MODELS / "blazeface-back.tflite").detect(picture, 256) == []
        assert CenterFace(MODELS / "centerface.onnx").detect(picture, 256) == []


@given(st.lists(FACES, max_size=12))
def test_what_is_left_does_not_overlap_much_and_lies_where_something_was_found(faces: list[Found]) -> None:
    merged = merge(faces)
    assert bool(merged) == bool(faces)
    for one in merged:
        assert any(iou(one, face) > 0.2 for face in faces)


@given(FACES, FACES)
def test_overlap_is_mutual_and_within_bounds(one: Found, other: Found) -> None:
    assert iou(one, other) == pytest.approx(iou(other, one))
    assert 0 <= iou(one, other) <= 1.0000001
    assert iou(one, one) == pytest.approx(1)
