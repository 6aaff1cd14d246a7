"""What is packed for the other process unpacks to the same."""

from __future__ import annotations

import json
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.media.inside import wire
from cutroom.media.outcome import Bounds, Outcome
from cutroom.media.produced import Produced
from cutroom.model.clip import CutRequest, Mode
from cutroom.model.media import MediaFacts

st.register_type_strategy(Fraction, st.builds(Fraction, st.integers(), st.integers(1, 10**9)))


@given(st.builds(CutRequest))
def test_requests(request: CutRequest) -> None:
    assert wire.unpack(CutRequest, json.loads(json.dumps(wire.pack(request)))) == request


@settings(max_examples=20)
@given(st.builds(MediaFacts), st.builds(Bounds), st.builds(Produced))
def test_outcomes(facts: MediaFacts, bounds: Bounds, produced: Produced) -> None:
    outcome = Outcome(facts, bounds, Mode.EXACT, "because", 3, 2, produced)
    assert wire.unpack(Outcome, json.loads(json.dumps(wire.pack(outcome)))) == outcome
