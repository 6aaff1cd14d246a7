"""Progress never goes back within a stage, whatever the tool below reports."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.progress import Monotone, Progress, ignore

REPORTS = st.lists(
    st.builds(Progress, st.sampled_from(["fetching", "cutting"]), st.one_of(st.none(), st.floats(allow_nan=True)))
)


@given(REPORTS)
def test_every_report_is_handed_on_within_bounds_and_never_falls(reports: list[Progress]) -> None:
    seen: list[Progress] = []
    monotone = Monotone(seen.append)
    for report in reports:
        monotone(report)
    assert [report.stage for report in seen] == [report.stage for report in reports]
    for before, after in zip([None, *seen], seen, strict=False):
        assert after.fraction is None or 0 <= after.fraction <= 1
        if before is not None and before.stage == after.stage and before.fraction is not None:
            assert after.fraction is not None
            assert after.fraction >= before.fraction


def test_a_new_stage_begins_anew() -> None:
    seen: list[Progress] = []
    monotone = Monotone(seen.append)
    for stage, fraction in [
        ("fetching", 0.9),
        ("cutting", None),
        ("cutting", 0.1),
        ("cutting", 7.0),
        ("cutting", None),
    ]:
        monotone(Progress(stage, fraction))
    assert [report.fraction for report in seen] == [0.9, None, 0.1, 1.0, 1.0]


def test_nobody_has_to_listen() -> None:
    Monotone(ignore)(Progress("cutting", 0.5))
