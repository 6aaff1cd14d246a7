"""The way to the service that recognises speech, where the operator has named one: to that host, and to no other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from cutroom.perception.ports import PerceptionConfig
from cutroom.perception.recognition import Post
from cutroom.perception.registry import service


@contextlib.contextmanager
def way_to_service(config: PerceptionConfig) -> Iterator[Post | None]:
    """None where no service is chosen. The host may be a private one: the operator has named it."""
    chosen = service(config)
    if chosen is None:
        yield None
        return
    from cutroom.outbound.egress import Egress, EgressPolicy
    from cutroom.outbound.post import Poster
    from cutroom.perception.adapters.endpoint import MOST_ANSWER

    policy = EgressPolicy(allowed_hosts=(chosen.host,))
    with Egress(policy) as egress, Poster(egress, answer_bytes=MOST_ANSWER) as post:
        yield post
