from __future__ import annotations

import cv2
import numpy as np
import pytest

from cutroom.perception.text_gate import Edges, Gate, Grey, Print
from tests.support.seen import Writing, moved, write

LINE = Writing("Nobody reads this twice", (300, 600), 28, outline=3)
BOX = (140, 285, 480, 330)


def probe(t: float, *, text: bool, strength: float = 1.0) -> Grey:
    picture = moved(11, t)
    if text:
        picture = np.asarray(cv2.addWeighted(write(picture, LINE), strength, picture, 1 - strength, 0), np.uint8)
    return np.asarray(cv2.cvtColor(cv2.resize(picture, (640, 360), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY))


def test_a_new_text_asks_to_be_read_and_once_read_no_more() -> None:
    gate = Gate()
    asked = [gate.probe(t, Edges.of(probe(t, text=bool(t >= 1.0)))) for t in np.arange(0, 2, 0.25)]
    rows = [set(np.flatnonzero(cells[34:42].any(1))) for cells in asked]
    assert not any(rows[:4])
    assert rows[5]
    gate.explained(1.75, (0, 0, 640, 360), [BOX])
    assert not gate.probe(2.0, Edges.of(probe(2.0, text=True)))[35:41, 20:58].any()


@pytest.mark.slow
def test_a_shot_of_nothing_is_asked_about_ever_more_seldom() -> None:
    gate, still, asked = Gate(), probe(0, text=False), []
    rng = np.random.default_rng(1)
    for step in range(120):
        grain = np.asarray(cv2.add(still, 2 * rng.standard_normal(still.shape, np.float32), dtype=cv2.CV_8U), np.uint8)
        if step % 10 == 0:
            gate.forget()
        if gate.probe(step / 4, Edges.of(grain)).any():
            asked.append(step / 4)
            gate.explained(step / 4, (0, 0, 640, 360), [])
    assert len(asked) <= 12


def test_the_print_of_a_text_tells_it_from_its_absence_and_from_another() -> None:
    mark = Print(probe(0, text=True), BOX)
    assert mark.shown(probe(1.0, text=True)) == pytest.approx(1, abs=0.2)
    assert abs(mark.shown(probe(1.0, text=False))) < 0.3
    other = write(moved(11, 0), Writing("It is another one now", (300, 600), 28, outline=3))
    small = cv2.cvtColor(cv2.resize(other, (640, 360), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    assert mark.shown(np.asarray(small, np.uint8)) < 0.45


def test_half_faded_counts_half() -> None:
    assert Print(probe(0, text=True), BOX).shown(probe(0, text=True, strength=0.5)) == pytest.approx(0.5, abs=0.15)


def test_pictures_of_another_size_or_without_edges_are_no_error() -> None:
    flat = np.zeros((360, 640), np.uint8)
    assert Print(flat, BOX).shown(flat) == 0
    assert Print(probe(0, text=True), (600, 350, 700, 400)).shown(np.zeros((90, 160), np.uint8)) == 0
    gate = Gate()
    for shape in ((360, 640), (90, 160), (360, 640)):
        assert not gate.probe(0, Edges.of(np.zeros(shape, np.uint8))).any()


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (7, 640), (400, 3), (8, 8)])
def test_a_picture_smaller_than_a_cell_has_none_to_ask_about(shape: tuple[int, int]) -> None:
    gate = Gate()
    for t in (0.0, 0.25, 0.5):
        assert not gate.probe(t, Edges.of(np.full(shape, 90, np.uint8))).any()
