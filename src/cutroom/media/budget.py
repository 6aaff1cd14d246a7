"""The cost gate (being written)."""

from dataclasses import dataclass
from cutroom.model.clip import CutRequest
from cutroom.model.media import MediaFacts


@dataclass(frozen=True, slots=True)
class CostBudget:
    pass


def check_cost(facts: MediaFacts, request: CutRequest, budget: CostBudget) -> None:
    pass
