"""Problems, payments told of, links, sessions, messages, keys and consents in every state the demo leaves out."""

from contextlib import suppress
from datetime import timedelta

from portal.actions.api_keys import PURPOSES, add_key, end_key
from portal.actions.codes import ask_code, send_code
from portal.actions.complaints import (
    NewComplaint,
    decide_complaint,
    extend_complaint,
    withdraw_complaint,
    write_to_complaint,
)
from portal.actions.drafts import keep_draft
from portal.actions.erasure import erase_due
from portal.actions.holds import acknowledge_holds, end_hold, request_hold
from portal.actions.invitations import (
    MOST_WRONG_DIGITS,
    InvitationOver,
    WrongDigits,
    accept_invitation,
    check_digits,
    invite,
    report_wrong_recipient,
)
from portal.actions.leaving import close_account, withdraw_consent
from portal.actions.number_approvals import NewNumber, approve_number, propose_number
from portal.actions.payment_claims import PaymentStatement, answer_report, ask_about_late, claim_payment
from portal.actions.payment_claims import withdraw_claim as take_back_report
from portal.actions.payments import record_payments
from portal.actions.personal import note_opened
from portal.actions.preferences import prefer
from portal.actions.proposals import Author, FormToken
from portal.actions.ratelimit import DIGITS_GUESSED, Caller, hit
from portal.actions.sessions import Factor, set_password, start_person_session, start_staff_session
from portal.delivery.relay import MOST_ATTEMPTS, deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.domain.conduct.complaints import ComplaintKind, Outcome
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.reads.cases import Case, lender_case
from portal.reads.complaints import desk_complaint_case
from portal.reads.invitations import OpenInvitation, open_invitation
from portal.reads.numbers import proposed_number, waiting_number
from portal.reads.policy import policy
from portal.reads.sessions import signed_in_staff
from portal.tables import models as tables
from portal.vault import token_hash
from portal.web.passwords import HASHER
from tests.upgrade.people import ERASED, Comer, on
from tests.upgrade.stored import STORED_AT

HERE = "http://127.0.0.1:8000"
WITH_PASSWORD = "XQ-09"
PASSWORD = "a-quiet-street-in-may"

ELSEWHERE = Caller("192.0.2.7")


class Care:
    """`keys` is what the test will come in with: by whom it is called, what was handed out."""

    def __init__(self, comers: dict[str, Comer]) -> None:
        self.comers = comers
        self.lender = next(iter(comers.values())).lender
        self.keys: dict[str, str] = {}

    async def comes(self, loan_no: str) -> tuple[Comer, Case]:
        told = self.comers[loan_no]
        if not told.person_id:
            await told.enter()
        return told, await lender_case(loan_no, self.lender.id)

    async def april(self) -> None:
        """Who paid up four years ago wrote something; erasure looks for the first time, and only reports."""
        told, case = await self.comes(ERASED)
        await told.tell(case, NewComplaint(ComplaintKind.OTHER), "请给我一份结清证明。")
        (row,) = await tables.ComplaintRow.filter(loan_id=case.id)
        held, author = await desk_complaint_case(row.ref, self.lender.id), Author(told.borrower, told.vault)
        await withdraw_complaint(held, author, await self.guard(case), told.moment)
        run = await erase_due(self.lender, told.moment)
        assert run is not None and run.reports

    async def may(self) -> None:
        """Forty days after the import nothing keeps them any more."""
        run = await erase_due(self.lender, on(5, 30))
        assert run is not None and run.erased == 1

    async def june(self) -> None:
        """On the 1st: links that will have run out, money told of that nobody finds."""
        for loan_no in ("XQ-04", "XQ-05", "XQ-13", "XQ-14"):
            told, case = await self.comes(loan_no)
            said = PaymentStatement(on(5, 29).today, 82512, f"20260529{loan_no[-2:]}")
            rules = await policy(self.lender.id, "CNY")
            author = Author(told.borrower, told.vault)
            await claim_payment(case, told.person_id, said, rules, author, FormToken(case.seq), told.moment)
        await invite(self.lender, "XQ-17", "", told.vault, told.moment)

    async def yesterday(self) -> None:
        """One number was changed by two of the staff not a day ago, another waits for the second of them."""
        await self._changes("XQ-19", "+8613922222222")
        told, _ = await self.comes("XQ-06")
        await self._proposes(told, "+8613933333333")

    async def today(self) -> None:
        await ask_about_late(self.lender, on(6, 14))
        await self._reports()
        await self._problems()
        await self._holds()
        await self._links()
        await self._messages()
        await self._leaving()
        await self._keys()

    async def guard(self, case: Case) -> FormToken:
        return FormToken((await lender_case(case.loan.loan_no, self.lender.id)).seq)

    async def _reports(self) -> None:
        """XQ-04 is asked about; of the others one is not found, one was it, one was a mistake."""
        answers = {"XQ-05": "", "XQ-13": "R-13"}
        for loan_no, payment in answers.items():
            told, case = self.comers[loan_no], await lender_case(loan_no, self.lender.id)
            if payment:
                paid = PaymentRecord(1, loan_no, Payment(payment, on(6, 14).today, 82000), None)
                await record_payments(self.lender, [paid], told.vault, told.moment)
            row = await tables.PaymentClaimRow.get(loan_id=case.id)
            author = Author(told.rui, told.vault)
            await answer_report(case, row.ref, payment, author, await self.guard(case), told.moment)
        told, case = self.comers["XQ-14"], await lender_case("XQ-14", self.lender.id)
        row = await tables.PaymentClaimRow.get(loan_id=case.id)
        author = Author(told.borrower, told.vault)
        await take_back_report(case, row.ref, told.person_id, author, FormToken(case.seq), told.moment)

    async def _problems(self) -> None:
        told, case = await self.comes("XQ-12")
        held = await told.tell(case, NewComplaint(ComplaintKind.NOT_MINE), "这笔贷款不是我借的。")
        words = Author(told.rui, told.vault, "我们还在向合作机构核实。")
        rules = await policy(self.lender.id, "CNY")
        await extend_complaint(held, rules, words, await self.guard(case), told.moment)
        held = await desk_complaint_case(held.ref, self.lender.id)
        await write_to_complaint(
            held, Author(told.borrower, told.vault, "谢谢，请尽快。"), await self.guard(case), told.moment
        )
        for loan_no, outcome in (("XQ-11", Outcome.PARTLY), ("XQ-18", Outcome.REJECTED)):
            told, case = await self.comes(loan_no)
            held = await told.tell(case, NewComplaint(ComplaintKind.AMOUNT, "penalty"), "罚息算错了。")
            words = Author(told.rui, told.vault, "已复核，见说明。")
            await decide_complaint(held, outcome, "counted_right", words, await self.guard(case), told.moment)

    async def _holds(self) -> None:
        told, case = await self.comes(WITH_PASSWORD)
        author = Author(told.borrower, told.vault)
        await request_hold(case, author, FormToken(case.seq), told.moment)
        holds = await tables.HoldRow.filter(loan_id=case.id)
        await acknowledge_holds(case, [hold.ref for hold in holds], told.rui, told.moment)
        told, case = await self.comes("XQ-10")
        await request_hold(case, Author(told.borrower, told.vault), FormToken(case.seq), told.moment)
        (hold,) = await tables.HoldRow.filter(loan_id=case.id)
        await end_hold(case, hold.ref, "answered", told.rui, told.moment)
        told, case = await self.comes("XQ-17")
        await prefer(self.lender, told.person_id, "letter", (12, 18), told.borrower, told.moment)
        await keep_draft(case.id, told.person_id, {"installments": "6", "note": "等发工资"}, told.vault, told.moment.at)

    async def _links(self) -> None:
        """One that is not theirs, one guessed at, one to another number that the lender's own system told."""
        told = self.comers["XQ-17"]
        await report_wrong_recipient(await self._link("XQ-17"), told.moment)
        guessed = await self._link("XQ-17")
        for _ in range(MOST_WRONG_DIGITS):
            with suppress(WrongDigits, InvitationOver):
                await check_digits(guessed, "0000", told.vault)
        told, _ = await self.comes("XQ-04")
        assert await invite(self.lender, "XQ-04", "+8613911111111", told.vault, told.moment, HERE) == ""
        told, case = await self.comes("XQ-19")
        rui = await tables.StaffRow.get(ref=told.rui.ref)
        cookie = await start_staff_session(rui.id, told.moment.at)
        looking = await signed_in_staff(token_hash(cookie), told.moment.at)
        assert looking is not None
        await note_opened(case.ref, looking, "speak", told.moment)
        await hit(told.vault, DIGITS_GUESSED.counts(ELSEWHERE, case.ref, ""), told.moment.at)

    async def _link(self, loan_no: str) -> OpenInvitation:
        told = self.comers[loan_no]
        token = await invite(self.lender, loan_no, "", told.vault, told.moment)
        return await open_invitation(token, told.vault, told.moment.at)

    async def _proposes(self, told: Comer, phone: str) -> tuple[Case, NewNumber, str]:
        case, wanted = await lender_case(told.loan_no, self.lender.id), NewNumber(phone, "callback", lost=False)
        return case, wanted, await propose_number(case, wanted, Author(told.rui, told.vault), told.moment)

    async def _changes(self, loan_no: str, phone: str) -> None:
        told, _ = await self.comes(loan_no)
        case, wanted, ref = await self._proposes(told, phone)
        second = Author(told.he, told.vault, role="approver")
        waits = await waiting_number(case.id, told.moment.today)
        assert waits is not None
        _, on_record = await proposed_number(waits, told.vault)
        shown = wanted.digest(on_record, told.vault)
        await approve_number(case, ref, shown, "id_document", second, HERE, told.moment)

    async def _messages(self) -> None:
        """A code on its way, one that arrived, one that nobody could send, one that came too late."""
        told, _ = await self.comes(WITH_PASSWORD)
        at = STORED_AT

        async def arrives(message: OutgoingMessage) -> None:
            pass

        async def fails(message: OutgoingMessage) -> None:
            raise OSError("Connection refused")

        vault, scope = told.vault, told.scope
        await send_code(scope, "", "111111", "验证码 111111", ELSEWHERE, vault, at - timedelta(minutes=20))
        await deliver_due(vault, arrives, at - timedelta(minutes=20))
        await send_code(scope, "", "222222", "验证码 222222", ELSEWHERE, vault, at - timedelta(minutes=19))
        await deliver_due(vault, arrives, at)
        await send_code(scope, "", "333333", "验证码 333333", ELSEWHERE, vault, at)
        await tables.OutboundMessageRow.filter(state="waiting").update(attempts=MOST_ATTEMPTS - 1)
        await deliver_due(vault, fails, at)
        phone = f"+86139000{109:05}"
        self.keys["code"] = await ask_code(phone, "709X", "444444", "验证码 444444", ELSEWHERE, vault, at)
        factor = Factor("code", scope, at, phone_hash=vault.lookup("phone", phone))
        self.keys["borrower"] = await start_person_session(factor, at, "Android")
        session = await tables.SessionRow.get(token_hash=token_hash(self.keys["borrower"]))
        await set_password(session.id, HASHER.hash(PASSWORD), at)
        await accept_invitation(await self._link(WITH_PASSWORD), None, vault, told.moment)

    async def _leaving(self) -> None:
        """XQ-10 takes back consent, XQ-18 closes the account; what a changed number is told still waits."""
        told = self.comers["XQ-10"]
        await withdraw_consent(self.lender, told.person_id, told.borrower, told.moment)
        told = self.comers["XQ-18"]
        await close_account({self.lender: told.moment}, told.person_id, told.borrower, told.moment)

        await self._changes("XQ-13", "+8613944444444")

    async def _keys(self) -> None:
        moment = on(6, 14)
        self.keys["api"] = await add_key(self.lender, "core", PURPOSES, moment)
        ended = await add_key(self.lender, "the old core", ("events",), moment)
        row = await tables.ApiKeyRow.get(secret_hash=token_hash(ended))
        await end_key(self.lender, row.ref, moment)
