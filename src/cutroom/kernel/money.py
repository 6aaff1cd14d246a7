"""Money as integer cents. Dollars exist only on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, FloatOperation, Inexact, InvalidOperation, Overflow

# Arithmetic that refuses to round. The usual context keeps 28 digits and drops the rest without a word.
_EXACT = Context(prec=40, Emin=-60, Emax=20, traps=[FloatOperation, Inexact, InvalidOperation, Overflow])


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of the wallet's currency in whole cents; may be negative (a debit)."""

    cents: int

    @classmethod
    def from_decimal(cls, amount: str | Decimal) -> Money:
        """Exact, below 10**19, or ``ValueError``: half a cent is refused, not rounded."""
        context = _EXACT.copy()  # contexts carry flags and are not for several threads
        try:
            cents = context.create_decimal(amount).scaleb(2, context).to_integral_exact(context=context)
            return cls(int(cents))
        except (DecimalException, OverflowError, ValueError) as error:
            # Overflow is a kind of Inexact.
            fine = isinstance(error, Inexact) and not isinstance(error, Overflow)
            msg = "an amount has at most two decimals" if fine else "not an amount of money"
            msg = f"{msg}: {amount!s:.40}"
            raise ValueError(msg) from error

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
