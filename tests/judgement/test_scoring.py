"""The one formula of scores: known parts, coverage, null below half of it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.judgement.evidence import evidence, measured
from cutroom.judgement.scoring import Signal, compose, ratio, whole
from cutroom.judgement.weights import weights
from cutroom.model.verdicts import Component, Explained

NAMES = [part.name for part in weights().composites["audio_clarity"].components]
raws = st.none() | st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(raws, min_size=len(NAMES), max_size=len(NAMES)))
def test_any_values_give_a_score_within_bounds_or_a_reason(values: list[float | None]) -> None:
    made = compose("audio_clarity", [Signal(name, raw) for name, raw in zip(NAMES, values, strict=True)])
    known = [part for part in made.components if part.f is not None]
    share = sum(part.weight for part in known) / sum(part.weight for part in made.components)
    assert made.coverage == pytest.approx(share, abs=1e-5)
    if share < 0.5:
        assert made.value is None
        assert made.unknown_reason
    else:
        assert isinstance(made.value, float)
        assert 0 <= made.value <= 100
        again = 100 * sum(p.weight * (p.f or 0) for p in known) / sum(p.weight for p in known)
        assert made.value == pytest.approx(again, abs=1e-4)
    assert all(part.raw is None or math.isfinite(part.raw) for part in made.components)


def test_what_does_not_apply_costs_no_coverage_and_what_is_unknown_does() -> None:
    assert compose("loopability", [Signal("picture", 1.0)]).coverage == 1
    assert compose("loopability", [Signal("picture", 1.0), Signal("sound", None)]).coverage == 0.6
    assert compose("loopability", [Signal("picture", None), Signal("motion", 0.0)]).value is None


def test_a_signal_that_the_score_does_not_have_is_a_fault() -> None:
    with pytest.raises(KeyError):
        compose("loopability", [Signal("smell", 1.0)])


@pytest.mark.parametrize(("value", "shown"), [(0.0, 0), (49.5, 50), (50.49, 50), (99.5, 100), (100.0, 100)])
def test_scores_are_whole_on_the_wire(value: float, shown: int) -> None:
    assert whole(Explained(value, "m", "1")) == shown
    assert ratio(Explained(value, "m", "1")) == value


def test_an_unknown_value_needs_its_reason() -> None:
    with pytest.raises(ValueError):
        measured(None, "m")
    assert measured(None, "m", unknown="Nothing is known.").coverage == 0


def test_evidence_on_the_wire() -> None:
    part = Component("words", 2, 3.0, 0.5, "words", (1.00049, 2), "follow me")
    made = evidence(
        {"/b": Explained(None, "m", "1", 0.2, unknown_reason="No."), "/a": Explained(50.0, "m", "1", 1, (part,))}
    )
    assert list(made) == ["/a", "/b"]
    assert made["/a"] == {
        "value": 50.0, "method": "m", "version": "1", "calibrated": False, "coverage": 1, "unknown_reason": None,
        "components": [{"name": "words", "raw": 3.0, "unit": "words", "f": 0.5, "weight": 2, "at": [1.0, 2],
                        "quote": "follow me"}],
    }  # fmt: skip
    assert made["/b"]["unknown_reason"] == "No."
