"""Ids are random, of the asked length, and safe in an address."""

from __future__ import annotations

import re

from cutroom.kernel.ids import new_id


def test_ids_differ_and_need_no_quoting() -> None:
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[0-9a-z]{16}", one) for one in made)
    assert len(new_id(40)) == 40
