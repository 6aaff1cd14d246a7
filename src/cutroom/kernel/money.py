"""Money as integer cents. Dollars exist only on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of the wallet's currency in whole cents; may be negative (a debit)."""

    cents: int

    @classmethod
    def from_decimal(cls, amount: str | Decimal) -> Money:
        """Exact, or ``ValueError``: half a cent is refused, not rounded."""
        try:
            scaled = Decimal(amount) * 100
            whole = int(scaled)
        except (InvalidOperation, OverflowError, ValueError) as error:
            msg = f"not an amount of money: {amount!s:.40}"
            raise ValueError(msg) from error
        if scaled != whole:
            msg = f"an amount has at most two decimals: {amount!s:.40}"
            raise ValueError(msg)
        return cls(whole)

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + other.cents)

    def __sub__(self, other: Money) -> Money:
        return Money(self.cents - other.cents)

    def __neg__(self) -> Money:
        return Money(-self.cents)

    def __mul__(self, count: int) -> Money:
        return Money(self.cents * count)

    def __str__(self) -> str:
        sign = "-" if self.cents < 0 else ""
        return f"{sign}{abs(self.cents) // 100}.{abs(self.cents) % 100:02d}"
