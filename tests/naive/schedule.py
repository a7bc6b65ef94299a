"""A contract's schedule once more: fractions, one row after the other, nothing clever."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.naive.days import FIXED_YEARS, count, due_dates, months_on, years
from tests.naive.rounding import whole


@dataclass
class Ask:
    """What is asked of a schedule; the words are those of the portfolio format, amounts are fen."""

    principal: int
    annual_rate: Fraction
    installments: int
    first_due: date
    disbursed: date
    method: str
    every: str
    day_count: str
    rounding: str
    round_to: int = 1
    principal_grace: int = 0
    interest_grace: int = 0
    balloon: int = 0


def rows(ask: Ask) -> list[tuple[int, date, int, int, int, int]]:
    """(no., due on, days, principal, interest, balance) of every row, amounts in fen."""
    days, shares = periods(ask)
    mode = interest_mode(ask)
    if ask.method == "flat":
        principals, interests = flat(ask, shares, mode)
    else:
        principals, interests = declining(ask, shares, mode)
    if ask.interest_grace:
        late = sum(interests[: ask.interest_grace])
        for row in range(ask.interest_grace):
            interests[row] = 0
        interests[ask.interest_grace] += late
    balance, found = ask.principal, []
    dates = due_dates(ask.first_due, ask.installments, ask.every)
    for no, due_on in enumerate(dates):
        balance -= principals[no]
        found.append((no + 1, due_on, days[no], principals[no], interests[no], balance))
    return found


def periods(ask: Ask) -> tuple[list[int], list[Fraction]]:
    """Days and share of a year of each period; under 30/360 a whole month is thirty days, wherever it ends."""
    start, days, shares = ask.disbursed, [], []
    for row, due_on in enumerate(due_dates(ask.first_due, ask.installments, ask.every)):
        months = int(ask.every[:-1]) if ask.every[-1] == "m" else 0
        regular = row > 0 or (months > 0 and whole_step(ask, months))
        if ask.day_count == "30/360" and months and regular:
            days.append(30 * months)
            shares.append(Fraction(30 * months, FIXED_YEARS[ask.day_count]))
        else:
            days.append(count(start, due_on, ask.day_count))
            shares.append(years(start, due_on, ask.day_count))
        start = due_on
    return days, shares


def whole_step(ask: Ask, months: int) -> bool:
    """A first period of whole months, be it counted forwards from the payout or backwards from the due date."""
    return ask.first_due == months_on(ask.disbursed, months) or ask.disbursed == months_on(ask.first_due, -months)


def interest_mode(ask: Ask) -> str:
    """Who rounds its installments up to whole yuan does not mean the fen of interest."""
    return "half-up" if ask.round_to > 1 and ask.rounding in ("up", "down") else ask.rounding


def declining(ask: Ask, shares: list[Fraction], mode: str) -> tuple[list[int], list[int]]:
    """Interest on what is left, rounded once a row; the last row clears the balance."""
    fixed = level(ask, shares) if ask.method in ("level", "balloon") else None
    repaying = ask.installments - ask.principal_grace
    part = 0
    if ask.method == "equal-principal":
        part = whole(Fraction(ask.principal, repaying), ask.rounding, ask.round_to)
    balance, principals, interests = ask.principal, [], []
    for row, share in enumerate(shares):
        interest = whole(balance * ask.annual_rate * share, mode)
        wanted = part if fixed is None else fixed - interest
        if row < ask.principal_grace or wanted < 0:
            wanted = 0
        if row == ask.installments - 1:
            wanted = balance
        elif wanted > balance - ask.balloon:
            wanted = balance - ask.balloon
        principals.append(wanted)
        interests.append(interest)
        balance -= wanted
    return principals, interests


def level(ask: Ask, shares: list[Fraction]) -> int:
    """The one amount with which the exact balance ends at the balloon: what is left is a straight line in it."""

    def left(installment: int) -> Fraction:
        balance = Fraction(ask.principal)
        for share in shares[ask.principal_grace :]:
            balance += balance * ask.annual_rate * share - installment
        return balance - ask.balloon

    at_nothing, at_one = left(0), left(1)
    return whole(at_nothing / (at_nothing - at_one), ask.rounding, ask.round_to)


def flat(ask: Ask, shares: list[Fraction], mode: str) -> tuple[list[int], list[int]]:
    """Interest on the whole principal in every row, all of it together rounded once; the last row has what is left."""
    repaying = ask.installments - ask.principal_grace
    still = whole(sum((ask.principal * ask.annual_rate * share for share in shares), Fraction(0)), mode)
    balance, principals, interests = ask.principal, [], []
    for row, share in enumerate(shares):
        interest = min(whole(ask.principal * ask.annual_rate * share, mode), still)
        asked = whole(Fraction(ask.principal, repaying) + interest, ask.rounding, ask.round_to)
        part = 0 if row < ask.principal_grace else min(max(asked - interest, 0), balance)
        if row == ask.installments - 1:
            part, interest = balance, still
        principals.append(part)
        interests.append(interest)
        balance, still = balance - part, still - interest
    return principals, interests
