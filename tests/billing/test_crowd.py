"""Many processes spend from one wallet at the same time: it is never overdrawn, and nothing is counted twice."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cutroom.billing import Wallet
from cutroom.billing.repository import books
from cutroom.db import Database
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.wallet import BillingMode, PriceList
from tests.support.wallets import PRICE, add_account

PROCESSES, JOBS = 4, 240
FUNDS = 1000


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("used", "least", "most"), [(20, 50, 50), (10, 95, 99)])
def test_hundreds_of_reservations_from_four_processes(database: Database, used: int, least: int, most: int) -> None:
    """Where all that is held is used, the number of jobs that are covered is exact.

    Where half of it goes back, one more fits until less than 20 cents are left: 99 jobs, or fewer when the others
    hold money at the moment when the last ones ask.
    """
    wallet = Wallet(BillingMode.CREDITS, PriceList(signup_credit=Money(FUNDS)))
    with database.write() as tx:
        wallet.open(tx, add_account(tx))
    each = JOBS // PROCESSES
    commands = [
        [sys.executable, "-m", "tests.support.wallets", database.url, str(number * each), str(each), str(used)]
        for number in range(PROCESSES)
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    while any(process.poll() is None for process in running):
        time.sleep(0.5)
        with database.read() as tx:
            assert wallet.balance(tx, "ann") >= Money(0)
            assert wallet.check(tx) == []
    told = [process.communicate(timeout=10)[0] for process in running]
    assert [process.returncode for process in running] == [0] * PROCESSES
    covered = sum(int(line) for line in told)
    assert least <= covered <= most
    with database.read() as tx:
        assert wallet.check(tx) == []
        assert wallet.balance(tx, "ann") == Money(FUNDS - covered * used)
        assert books.balance(tx, "held:ann") == 0
        assert books.balance(tx, "house:revenue") == covered * used
        assert books.balance(tx, "house:grants") == -FUNDS


@pytest.mark.parametrize("funds", [0, 190, 200, 1000])
def test_twenty_connections_at_once_get_exactly_what_there_is(database: Database, funds: int) -> None:
    wallet = Wallet(BillingMode.CREDITS, PriceList(signup_credit=Money(funds)))
    with database.write() as tx:
        person = add_account(tx)
        wallet.open(tx, person)

    def reserve(number: int) -> bool:
        try:
            for _ in range(2):
                with database.write() as tx:
                    wallet.reserve(tx, person, f"job{number}", PRICE)
        except CutroomError as error:
            if error.code is ErrorCode.INSUFFICIENT_BALANCE:
                return False
            raise
        return True

    with ThreadPoolExecutor(20) as pool:
        covered = sum(pool.map(reserve, range(20)))
    assert covered == min(20, funds // PRICE.cents)
    with database.read() as tx:
        assert wallet.check(tx) == []
        assert wallet.balance(tx, "ann") == Money(funds - covered * PRICE.cents)
