"""What this installation can perceive and understand: for the doctor and for Cutroom's own API."""

from __future__ import annotations

from cutroom.model.capabilities import Capability
from cutroom.perception.ports import PerceptionConfig
from cutroom.perception.registry import capabilities


def list_capabilities(config: PerceptionConfig) -> tuple[Capability, ...]:
    """Every capability, in a fixed order. Cheap: files are looked at, nothing is loaded."""
    return capabilities(config)
