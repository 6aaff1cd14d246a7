"""Ordering a clip: what is refused and costs nothing, and what is accepted with its price and its place."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.actions.clipping import CutOrder, cancel_job, check_range, create_cut, job_view
from cutroom.actions.service import CutRules
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.account import Account, Caller
from cutroom.model.clip import Format, Quality
from cutroom.model.job import JobStatus, Queue
from tests.support.site import BAD, FILM, Backstage

pytestmark = pytest.mark.slow


def order(start: float | Fraction = 0, end: float | Fraction = 10, **more: object) -> CutOrder:
    return CutOrder(**{"url": FILM, "start": Fraction(start), "end": Fraction(end)} | more)  # type: ignore[arg-type]


def balance(behind: Backstage, account: Account) -> Money:
    with behind.services.database.read() as tx:
        return behind.services.wallet.balance(tx, account.id)


@pytest.fixture
def caller(behind: Backstage) -> Caller:
    return Caller(behind.account()[0], None)


def test_an_accepted_order_is_a_queued_job_with_its_price_set_aside(behind: Backstage, caller: Caller) -> None:
    job = create_cut(behind.services, caller, order(120, Fraction("180.9"), quality=Quality.P720))
    assert (job.status, job.queue, job.surface, job.kind) == (JobStatus.QUEUED, Queue.CPU, "fastclip", "cut")
    assert len(job.id) == 16
    assert job.params == {
        "url": FILM, "start": "120", "end": "1809/10", "format": "mp4", "quality": "720p", "price": 10,
        "source_title": "A <Film> & more", "name": "A <Film> & more 2:00 - 3:00", "file_name": "clip_2-00-3-00.mp4",
    }  # fmt: skip
    assert balance(behind, caller.account) == Money(490)


def test_sound_has_no_quality(behind: Backstage, caller: Caller) -> None:
    job = create_cut(behind.services, caller, order(format=Format.MP3))
    assert (job.params["quality"], job.params["file_name"]) == (None, "clip_0-00-0-10.mp3")


def test_an_hour_has_its_own_place_in_the_name(behind: Backstage, caller: Caller) -> None:
    behind.sources.seconds = Fraction(2 * 3600)
    job = create_cut(behind.services, caller, order(3600, 3725))
    assert job.params["file_name"] == "clip_1-00-00-1-02-05.mp4"


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"start": -1}, ErrorCode.INVALID_RANGE, "start"),
        ({"start": 10, "end": 10}, ErrorCode.INVALID_RANGE, "greater than start"),
        ({"end": 601}, ErrorCode.INVALID_RANGE, "600 seconds"),
        ({"end": 31, "format": Format.GIF}, ErrorCode.INVALID_RANGE, "30 seconds"),
        ({"start": 3600, "end": 3601}, ErrorCode.RANGE_OUTSIDE_SOURCE, "start"),
        ({"start": 3590, "end": Fraction("3601.001")}, ErrorCode.RANGE_OUTSIDE_SOURCE, "1:00:00"),
        *[({"url": url}, code, "does not work here") for url, code in BAD.items()],
    ],
)
def test_a_refused_order_costs_nothing_and_is_no_job(
    behind: Backstage, caller: Caller, changes: dict[str, object], code: ErrorCode, words: str
) -> None:
    for _ in range(21):  # more than an hour's jobs
        with pytest.raises(CutroomError, match=words) as caught:
            create_cut(behind.services, caller, order(**changes))  # type: ignore[arg-type]
        assert caught.value.code is code
    assert balance(behind, caller.account) == Money(500)
    assert create_cut(behind.services, caller, order()).status is JobStatus.QUEUED


def test_an_end_within_a_second_of_the_source_means_its_end(behind: Backstage, caller: Caller) -> None:
    behind.sources.seconds = Fraction("59.5")
    job = create_cut(behind.services, caller, order(50, 60))
    assert job.params["end"] == "119/2"


def test_a_source_that_is_too_long(behind: Backstage, caller: Caller) -> None:
    behind.sources.seconds = Fraction(10_801)
    with pytest.raises(CutroomError, match="3 hours") as caught:
        create_cut(behind.services, caller, order())
    assert caught.value.code is ErrorCode.SOURCE_TOO_LONG
    behind.sources.seconds = Fraction(10_800)
    assert create_cut(behind.services, caller, order()).id


def test_without_money_nothing_happens(behind: Backstage, caller: Caller) -> None:
    with behind.services.database.write() as tx:
        behind.services.wallet.spend(tx, caller.account, Money(495), "emptied " + caller.account.id, "purchase")
        before = behind.services.jobs.unfinished(tx)
    with pytest.raises(CutroomError) as caught:
        create_cut(behind.services, caller, order())
    assert caught.value.code is ErrorCode.INSUFFICIENT_BALANCE
    with behind.services.database.read() as tx:
        assert behind.services.jobs.unfinished(tx) == before
        assert behind.services.wallet.check(tx) == []
    assert balance(behind, caller.account) == Money(5)


def test_twenty_jobs_an_hour_and_not_one_more(behind: Backstage, caller: Caller) -> None:
    for _ in range(20):
        create_cut(behind.services, caller, order())
    with pytest.raises(CutroomError) as caught:
        create_cut(behind.services, caller, order())
    assert caught.value.code is ErrorCode.RATE_LIMITED
    assert 3590 <= caught.value.fields["retry_after"] <= 3600
    behind.clock.ahead = 3601
    assert create_cut(behind.services, caller, order()).id


def test_the_owner_has_no_bounds(behind: Backstage) -> None:
    owner = Caller(behind.account(owner=True)[0], None)
    behind.sources.seconds = Fraction(20_000)
    for _ in range(25):
        assert create_cut(behind.services, owner, order(0, 5000)).id


def test_a_job_is_seen_by_its_account_on_its_surface_alone(behind: Backstage, caller: Caller) -> None:
    job = create_cut(behind.services, caller, order())
    assert job_view(behind.services, caller, job.id, surface="fastclip").clip is None
    other = Caller(behind.account()[0], None)
    for who, job_id, surface in ((other, job.id, None), (caller, job.id, "clipapi"), (caller, "unknown", None)):
        with pytest.raises(CutroomError) as caught:
            job_view(behind.services, who, job_id, surface=surface)
        assert caught.value.code is ErrorCode.NOT_FOUND


def test_a_completed_job_has_its_clip_and_links_until_the_clip_is_gone(behind: Backstage, caller: Caller) -> None:
    job = create_cut(behind.services, caller, order())
    clip = behind.finish(caller.account, job.id)
    view = job_view(behind.services, caller, job.id, base_url="http://asked.example")
    assert view.clip == clip
    assert view.links is not None
    assert "/files/" in view.links.download_url
    assert view.links.download_url != view.links.stream_url
    behind.clock.ahead = 25 * 3600
    with pytest.raises(CutroomError) as caught:
        job_view(behind.services, caller, job.id)
    assert caught.value.code is ErrorCode.NOT_FOUND


def test_cancelling_gives_the_money_back_once(behind: Backstage, caller: Caller) -> None:
    job = create_cut(behind.services, caller, order())
    with pytest.raises(CutroomError):
        cancel_job(behind.services, Caller(behind.account()[0], None), job.id)
    assert balance(behind, caller.account) == Money(490)
    assert cancel_job(behind.services, caller, job.id)
    assert not cancel_job(behind.services, caller, job.id)
    assert balance(behind, caller.account) == Money(500)


@given(st.fractions(-10, 2000), st.fractions(-10, 2000), st.sampled_from(Format))
def test_a_range_passes_exactly_when_the_rules_say_so(start: Fraction, end: Fraction, form: Format) -> None:
    longest = 30 if form is Format.GIF else 600
    allowed = start >= 0 and start < end and end - start <= longest
    if allowed:
        check_range(order(start, end, format=form), CutRules())
        return
    with pytest.raises(CutroomError) as caught:
        check_range(order(start, end, format=form), CutRules())
    assert caught.value.code is ErrorCode.INVALID_RANGE
