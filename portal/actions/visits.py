"""The borrower makes an appointment for a visit, moves it, or takes it back; the gate allows no other."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from portal.actions.act import Act, change
from portal.actions.contacts import standing_refusals
from portal.domain.conduct.visits import NoVisitNow, check_visit_day
from portal.domain.event import NewEvent
from portal.reads.cases import Case, NotFound
from portal.tables import models as tables
from portal.vault import new_ref


@change
async def appoint_visit(act: Act, case: Case, person_id: int, day: date, hours: tuple[int, int]) -> str:
    """The note says where. One that was appointed before gives way. Raises VisitDayOutOfRange, NoVisitNow."""
    party = await tables.PartyRow.filter(loan_id=case.id, borrower__person_id=person_id).order_by("id").first()
    if party is None:
        raise NotFound(case.ref)
    borrower = await tables.BorrowerRow.get(id=party.borrower_id)  # type: ignore[attr-defined]
    timezone = borrower.timezone or case.lender.timezone
    zone = ZoneInfo(timezone)
    check_visit_day(day, act.at.astimezone(zone).date(), (await act.policy()).contact.visit_within_days)
    starts_at, ends_at = (_moment(day, hour, zone) for hour in hours)
    barred = await standing_refusals(case, act.today, zone)
    if any(each.ends_at is None or each.ends_at > starts_at for each in barred):
        raise NoVisitNow("day")
    await _withdraw(act, case, person_id)
    note = await act.keep_note(person_id, case.id)
    assert note is not None, "the form asks where"
    text = await tables.TextRow.get(ref=note["ref"])
    row = await tables.VisitRow.create(
        ref=new_ref(),
        lender_id=case.lender.id,
        loan_id=case.id,
        person_id=person_id,
        borrower_id=borrower.id,
        text_id=text.id,
        day=day,
        from_hour=hours[0],
        to_hour=hours[1],
        timezone=timezone,
        starts_at=starts_at,
        ends_at=ends_at,
        made_at=act.at,
    )
    await act.log.tell(case, _event(act, row, "appointed", timezone=timezone, note=note))
    return row.ref


@change
async def withdraw_visit(act: Act, case: Case, person_id: int) -> None:
    """Where there is none any more nothing happens."""
    await _withdraw(act, case, person_id)


async def _withdraw(act: Act, case: Case, person_id: int) -> None:
    rows = tables.VisitRow.filter(loan_id=case.id, ends_at__gt=act.at, person_id=person_id, withdrawn_at__isnull=True)
    for row in await rows.order_by("id"):
        row.withdrawn_at = act.at
        await row.save()
        await act.log.tell(case, _event(act, row, "withdrawn"))


def _event(act: Act, row: tables.VisitRow, what: str, **more: object) -> NewEvent:
    hours = {"from_hour": row.from_hour, "to_hour": row.to_hour}
    return NewEvent(f"visit.{what}", act.actor, {"visit": row.ref, "day": row.day.isoformat(), **hours, **more})


def _moment(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
