from __future__ import annotations

import numpy as np
import pytest

from cutroom.perception.adapters.rapid_ocr import Line, Reader, in_lines, installed
from tests.support.seen import Writing, moved, write


def line(text: str, left: float, top: float, right: float, bottom: float) -> Line:
    return Line(left, top, right, bottom, text, 0.9)


@pytest.mark.slow
def test_a_drawn_line_is_read_where_it_stands() -> None:
    assert installed()
    picture = write(moved(12, 0), Writing("Subscribe for more", (200, 300), 30, outline=3))
    reader = Reader()
    # Noise may look like a letter that nobody would trust.
    (read,) = (one for one in reader.read(picture, reader.find(picture)) if one.score > 0.5)
    assert read.text == "Subscribe for more"
    assert read.left == pytest.approx(200, abs=12)
    assert read.top < 310 < read.bottom
    assert reader.find(np.zeros((64, 320, 3), np.uint8)) == []
    assert reader.read(picture, []) == []


def test_pieces_on_one_line_are_joined_in_order_of_reading() -> None:
    pieces = [line("below", 10, 60, 90, 80), line("right", 105, 21, 180, 41), line("left", 10, 20, 90, 40)]
    assert [one.text for one in in_lines(pieces)] == ["left right", "below"]


def test_columns_and_other_sizes_stay_apart() -> None:
    pieces = [line("left", 10, 20, 90, 40), line("column", 200, 20, 280, 40), line("TITLE", 95, 5, 190, 55)]
    assert len(in_lines(pieces)) == 3
