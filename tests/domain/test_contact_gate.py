"""Whether somebody may be called, written to or visited at a moment, and if not, why and from when on."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.domain.conduct.contact_gate import (
    Barred,
    ContactOutcome,
    ContactQuestion,
    ContactRefusal,
    ContactVerdict,
    OutcomeNotOf,
    PastContact,
    check_outcome,
    counted_today,
    judge_contact,
)
from portal.domain.conduct.contact_rules import ContactChannel, ContactRules, CountedOver
from portal.domain.restructuring.contact_terms import ContactTerms
from portal.reads.contact_rules import contact_rules

SHANGHAI, BERLIN, NEW_YORK = map(ZoneInfo, ("Asia/Shanghai", "Europe/Berlin", "America/New_York"))
TODAY = date(2026, 6, 15)
CN, US = (contact_rules(ContactTerms(rules=name), TODAY) for name in ("CN", "US-REG-F"))
EVERYWHERE = frozenset(CountedOver)
REFUSED, REACHED, UNANSWERED = ContactRefusal, ContactOutcome.REACHED, ContactOutcome.UNANSWERED


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calls(*outcomes: ContactOutcome | None, day: date = TODAY) -> list[PastContact]:
    return [PastContact(day, ContactChannel.CALL, outcome, EVERYWHERE) for outcome in outcomes]


def judged(at: str, rules: ContactRules = CN, zone: ZoneInfo = SHANGHAI, **more: object) -> ContactVerdict:
    question = {"channel": ContactChannel.CALL, "at": utc(at), "zone": zone, "rules": rules, **more}
    return judge_contact(ContactQuestion(**question))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-06-15 02:00:00", "2026-06-15 02:15:00"),
        ("2026-06-15 13:59:59", "2026-06-15 14:00:00"),
        ("2026-06-15 13:50:00", "2026-06-15 14:00:00"),
        ("2026-06-15 00:00:00", "2026-06-15 00:15:00"),
    ],
)
def test_from_eight_until_one_second_before_ten_at_night_somebody_may_be_called(at: str, until: str) -> None:
    assert judged(at) == ContactVerdict(until=utc(until))


@pytest.mark.parametrize(
    ("at", "zone", "allowed_from"),
    [
        ("2026-06-15 14:00:00", SHANGHAI, "2026-06-16 00:00"),
        ("2026-06-15 23:59:59", SHANGHAI, "2026-06-16 00:00"),
        # The night in which an hour is skipped is one hour shorter, the one in which it is doubled one hour longer.
        ("2026-03-28 21:30:00", BERLIN, "2026-03-29 06:00"),
        ("2026-10-24 20:30:00", BERLIN, "2026-10-25 07:00"),
        ("2026-11-01 02:30:00", NEW_YORK, "2026-11-01 13:00"),
        ("2026-06-15 16:20:00", ZoneInfo("Asia/Kathmandu"), "2026-06-16 02:15"),
    ],
)
def test_at_night_it_is_refused_until_eight_where_the_borrower_is(at: str, zone: ZoneInfo, allowed_from: str) -> None:
    assert judged(at, zone=zone) == ContactVerdict(reason=REFUSED.HOURS, allowed_from=utc(allowed_from))


def test_what_somebody_chose_into_the_night_is_held_to_where_an_hour_is_skipped_or_doubled() -> None:
    agreed = (2, 3)
    skipped = judged("2026-03-29 00:30:00", zone=BERLIN, agreed=agreed)
    assert (skipped.reason, skipped.allowed_from) == (REFUSED.HOURS, utc("2026-03-30 00:00"))
    for moment, until in (("00:30", "00:45"), ("01:00", "01:15"), ("01:50", "02:00")):
        found = judged(f"2026-10-25 {moment}:00", zone=BERLIN, agreed=agreed)
        assert found == ContactVerdict(until=utc(f"2026-10-25 {until}"))
    assert judged("2026-10-25 02:00:00", zone=BERLIN, agreed=agreed).allowed_from == utc("2026-10-26 01:00")


def test_the_hours_that_somebody_chose_narrow_and_the_lenders_own_too() -> None:
    own = contact_rules(ContactTerms(from_hour=9, to_hour=18), TODAY)
    early = judged("2026-06-15 00:30:00", own, agreed=(8, 12))
    assert (early.reason, early.allowed_from) == (REFUSED.HOURS, utc("2026-06-15 01:00"))
    noon = judged("2026-06-15 04:00:00", own, agreed=(8, 12))
    assert (noon.reason, noon.allowed_from) == (REFUSED.PREFERENCE_HOURS, utc("2026-06-16 01:00"))
    assert judged("2026-06-15 10:30:00", own, agreed=(18, 22)).allowed_from is None, "no hour is in both"
    assert judged("2026-06-15 18:00:00", own, channel=ContactChannel.LETTER).until == utc("2026-06-15 18:15")


def test_a_fourth_call_waits_for_the_morning_and_one_nobody_told_of_counts_as_answered() -> None:
    third = judged("2026-06-15 04:00:00", past=calls(REACHED, None, UNANSWERED, ContactOutcome.NOT_MADE))
    assert third.reason is None
    fourth = judged("2026-06-15 04:00:00", past=calls(REACHED, None, ContactOutcome.WRONG_PERSON))
    assert (fourth.reason, fourth.most, fourth.counted) == (REFUSED.EFFECTIVE_CALLS, 3, 3)
    assert fourth.allowed_from == utc("2026-06-16 00:00")
    assert judged("2026-06-16 04:00:00", past=calls(REACHED, None, REACHED)).reason is None
    assert counted_today(US, calls(REACHED), TODAY) is None
    assert counted_today(CN, calls(REACHED, None, UNANSWERED), TODAY) == (2, 3)
    others = [PastContact(TODAY, ContactChannel.CALL, REACHED, frozenset({CountedOver.LOAN}))] * 3
    assert judged("2026-06-15 04:00:00", past=others).reason is None, "of a co-borrower"
    messages = [PastContact(TODAY, ContactChannel.MESSAGE, ContactOutcome.DELIVERED, EVERYWHERE)] * 3
    assert judged("2026-06-15 04:00:00", past=messages).reason is None


def test_a_number_that_nobody_answered_six_times_is_left_alone_for_the_day() -> None:
    busy = ContactOutcome.BUSY
    assert judged("2026-06-15 04:00:00", past=calls(*[UNANSWERED] * 4, busy)).reason is None
    seventh = judged("2026-06-15 04:00:00", past=calls(*[UNANSWERED] * 5, busy))
    assert (seventh.reason, seventh.allowed_from) == (REFUSED.UNANSWERED_TRIES, utc("2026-06-16 00:00"))


def test_seven_calls_about_a_loan_in_seven_days_wait_until_the_first_of_them_is_eight_days_old() -> None:
    days = [date(2026, 10, 25) + timedelta(days=n) for n in range(7)]
    past = [each for day in days for each in calls(UNANSWERED, day=day)]
    found = judged("2026-10-31 16:00:00", US, NEW_YORK, past=past)
    assert (found.reason, found.most, found.counted) == (REFUSED.TRIES, 7, 7)
    # On 1 November clocks are set back: eight o'clock is 13:00 and no more 12:00.
    assert found.allowed_from == utc("2026-11-01 13:00")
    not_made = [*past[1:], *calls(ContactOutcome.NOT_MADE, day=days[0])]
    assert judged("2026-10-31 16:00:00", US, NEW_YORK, past=not_made).reason is None
    assert judged("2026-10-31 01:30:00", US, NEW_YORK).reason is REFUSED.HOURS, "21:30 there"


def test_what_depends_on_somebody_has_no_next_time_but_a_day_and_what_ends_by_itself_has_one() -> None:
    complaint = Barred(REFUSED.COMPLAINT, by=date(2026, 6, 29))
    ends = Barred(REFUSED.PAUSE, ends_at=utc("2026-07-14 16:00"))
    both = judged("2026-06-15 04:00:00", barred=[ends, complaint])
    assert both == ContactVerdict(reason=REFUSED.COMPLAINT, by=date(2026, 6, 29))
    paused = judged("2026-06-15 04:00:00", barred=[ends])
    assert paused == ContactVerdict(reason=REFUSED.PAUSE, allowed_from=utc("2026-07-15 00:00"))
    number = Barred(REFUSED.NUMBER_WAITS, ends_at=utc("2026-06-15 05:07:30"))
    assert judged("2026-06-15 04:00:00", barred=[number]).allowed_from == utc("2026-06-15 05:08")


def test_a_visit_is_allowed_from_the_beginning_of_its_appointment_to_its_end() -> None:
    of_it = {"channel": ContactChannel.VISIT, "appointments": [(utc("2026-06-17 06:00"), utc("2026-06-17 09:00"))]}
    before = judged("2026-06-15 04:00:00", **of_it)
    assert (before.reason, before.allowed_from) == (REFUSED.NO_APPOINTMENT, utc("2026-06-17 06:00"))
    assert judged("2026-06-17 08:59:59", **of_it) == ContactVerdict(until=utc("2026-06-17 09:00"))
    assert judged("2026-06-17 09:00:00", **of_it) == ContactVerdict(reason=REFUSED.NO_APPOINTMENT)


def test_what_came_of_a_call_is_not_what_comes_of_a_visit() -> None:
    check_outcome(ContactChannel.VISIT, ContactOutcome.MET)
    with pytest.raises(OutcomeNotOf, match="reached, unanswered, busy, wrong_person, not_made; 'met' is not"):
        check_outcome(ContactChannel.CALL, ContactOutcome.MET)
