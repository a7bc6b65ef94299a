"""Problems, payments told of, links, sessions, messages, keys and consents in every state the demo leaves out."""

from contextlib import suppress
from datetime import timedelta

from portal.actions.act import Acting, Author, FormToken
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
    InvitationOver,
    WrongDigits,
    accept_invitation,
    check_digits,
    invite,
    report_wrong_recipient,
)
from portal.actions.leaving import close_account, withdraw_consent
from portal.actions.number_approvals import NewNumber, approve_number, propose_number
from portal.actions.password_message import PasswordNews
from portal.actions.payment_claims import PaymentStatement, answer_claim, ask_about_late, claim_payment
from portal.actions.payment_claims import withdraw_claim as take_back_report
from portal.actions.payments import record_payments
from portal.actions.personal import note_opened
from portal.actions.preferences import prefer
from portal.actions.ratelimit import DIGITS_GUESSED, Caller, hit
from portal.actions.sessions import Factor, set_password, start_person_session, start_staff_session
from portal.delivery.relay import MOST_ATTEMPTS, deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.domain.conduct.complaints import ComplaintCause, ComplaintKind, Outcome
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.reads.cases import Case, lender_case
from portal.reads.complaints import desk_complaint_case
from portal.reads.invitations import MOST_WRONG_DIGITS, OpenInvitation, open_invitation
from portal.reads.numbers import proposed_number, waiting_number
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
        seeder = self.comers[loan_no]
        if not seeder.person_id:
            await seeder.enter()
        return seeder, await lender_case(loan_no, self.lender.id)

    async def april(self) -> None:
        """Who paid up four years ago wrote something; erasure looks for the first time, and only reports."""
        seeder, case = await self.comes(ERASED)
        await seeder.tell(case, NewComplaint(ComplaintKind.OTHER), "请给我一份结清证明。")
        (row,) = await tables.ComplaintRow.filter(loan_id=case.id)
        complaint, author = await desk_complaint_case(row.ref, self.lender.id), Author(seeder.borrower, seeder.vault)
        await withdraw_complaint(Acting(author, await self.guard(case), seeder.moment), complaint)
        run = await erase_due(self.lender, seeder.moment)
        assert run is not None and run.reports

    async def may(self) -> None:
        """Forty days after the import nothing keeps them any more."""
        run = await erase_due(self.lender, on(5, 30))
        assert run is not None and run.erased == 1

    async def june(self) -> None:
        """On the 1st: links that will have run out, money told of that nobody finds."""
        for loan_no in ("XQ-04", "XQ-05", "XQ-13", "XQ-14"):
            seeder, case = await self.comes(loan_no)
            said = PaymentStatement(on(5, 29).today, 82512, f"20260529{loan_no[-2:]}")
            author = Author(seeder.borrower, seeder.vault)
            await claim_payment(Acting(author, FormToken(case.seq), seeder.moment), case, seeder.person_id, said)
        await invite(seeder.moment, self.lender, "XQ-17", "", seeder.vault)

    async def yesterday(self) -> None:
        """One number was changed by two of the staff not a day ago, another waits for the second of them."""
        await self._changes("XQ-19", "+8613922222222")
        seeder, _ = await self.comes("XQ-06")
        await self._proposes(seeder, "+8613933333333")

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
        """XQ-04 is asked about; of the others one is not found, one was it, one was a mistake. XQ-06 names a row of the
        plan.
        """
        answers = {"XQ-05": "", "XQ-13": "R-13"}
        for loan_no, payment in answers.items():
            seeder, case = self.comers[loan_no], await lender_case(loan_no, self.lender.id)
            if payment:
                paid = PaymentRecord(1, loan_no, Payment(payment, on(6, 14).today, 82000), None)
                await record_payments(seeder.moment, self.lender, [paid], seeder.vault)
            row = await tables.PaymentClaimRow.get(loan_id=case.id)
            author = Author(seeder.rui, seeder.vault)
            await answer_claim(Acting(author, await self.guard(case), seeder.moment), case, row.ref, payment)
        seeder, case = self.comers["XQ-14"], await lender_case("XQ-14", self.lender.id)
        row = await tables.PaymentClaimRow.get(loan_id=case.id)
        author = Author(seeder.borrower, seeder.vault)
        await take_back_report(Acting(author, FormToken(case.seq), seeder.moment), case, row.ref, seeder.person_id)
        seeder, case = await self.comes("XQ-06")
        said = PaymentStatement(on(6, 13).today, 84255, "2026061306", plan_installment=1)
        author = Author(seeder.borrower, seeder.vault)
        await claim_payment(Acting(author, FormToken(case.seq), seeder.moment), case, seeder.person_id, said)

    async def _problems(self) -> None:
        seeder, case = await self.comes("XQ-12")
        complaint = await seeder.tell(case, NewComplaint(ComplaintKind.NOT_MINE), "这笔贷款不是我借的。")
        words = Author(seeder.rui, seeder.vault, "我们还在向合作机构核实。")
        await extend_complaint(Acting(words, await self.guard(case), seeder.moment), complaint)
        complaint = await desk_complaint_case(complaint.ref, self.lender.id)
        await write_to_complaint(
            Acting(Author(seeder.borrower, seeder.vault, "谢谢，请尽快。"), await self.guard(case), seeder.moment),
            complaint,
        )
        for loan_no, outcome in (("XQ-11", Outcome.PARTLY), ("XQ-18", Outcome.REJECTED)):
            seeder, case = await self.comes(loan_no)
            complaint = await seeder.tell(case, NewComplaint(ComplaintKind.AMOUNT, "penalty"), "罚息算错了。")
            words = Author(seeder.rui, seeder.vault, "已复核，见说明。")
            await decide_complaint(
                Acting(words, await self.guard(case), seeder.moment),
                complaint,
                outcome,
                "counted_right",
                ComplaintCause.FEES,
            )

    async def _holds(self) -> None:
        seeder, case = await self.comes(WITH_PASSWORD)
        author = Author(seeder.borrower, seeder.vault)
        await request_hold(Acting(author, FormToken(case.seq), seeder.moment), case)
        holds = await tables.HoldRow.filter(loan_id=case.id)
        await acknowledge_holds(seeder.moment, case, [hold.ref for hold in holds], seeder.rui)
        seeder, case = await self.comes("XQ-10")
        await request_hold(Acting(Author(seeder.borrower, seeder.vault), FormToken(case.seq), seeder.moment), case)
        (hold,) = await tables.HoldRow.filter(loan_id=case.id)
        await end_hold(seeder.moment, case, hold.ref, "answered", seeder.rui)
        seeder, case = await self.comes("XQ-17")
        await prefer(seeder.moment, self.lender, seeder.person_id, "letter", (12, 18), seeder.borrower)
        await keep_draft(
            case.id, seeder.person_id, {"installments": "6", "note": "等发工资"}, seeder.vault, seeder.moment.at
        )

    async def _links(self) -> None:
        """One that is not theirs, one guessed at, one to another number that the lender's own system told."""
        seeder = self.comers["XQ-17"]
        await report_wrong_recipient(seeder.moment, await self._link("XQ-17"))
        guessed = await self._link("XQ-17")
        for _ in range(MOST_WRONG_DIGITS):
            with suppress(WrongDigits, InvitationOver):
                await check_digits(guessed, "0000", seeder.vault)
        seeder, _ = await self.comes("XQ-04")
        assert await invite(seeder.moment, self.lender, "XQ-04", "+8613911111111", seeder.vault, HERE) == ""
        seeder, case = await self.comes("XQ-19")
        rui = await tables.StaffRow.get(ref=seeder.rui.ref)
        cookie = await start_staff_session(rui.id, seeder.moment.at)
        looking = await signed_in_staff(token_hash(cookie), seeder.moment.at)
        assert looking is not None
        await note_opened(case.ref, looking, "speak", seeder.moment)
        await hit(seeder.vault, DIGITS_GUESSED.counts(ELSEWHERE, case.ref, ""), seeder.moment.at)

    async def _link(self, loan_no: str) -> OpenInvitation:
        seeder = self.comers[loan_no]
        token = await invite(seeder.moment, self.lender, loan_no, "", seeder.vault)
        return await open_invitation(token, seeder.vault, seeder.moment.at)

    async def _proposes(self, seeder: Comer, phone: str) -> tuple[Case, NewNumber, str]:
        case, wanted = await lender_case(seeder.loan_no, self.lender.id), NewNumber(phone, "callback", lost=False)
        return (
            case,
            wanted,
            await propose_number(seeder.moment, case, wanted, Author(seeder.rui, seeder.vault), "本人来电"),
        )

    async def _changes(self, loan_no: str, phone: str) -> None:
        seeder, _ = await self.comes(loan_no)
        case, wanted, ref = await self._proposes(seeder, phone)
        second = Author(seeder.he, seeder.vault, role="approver")
        waits = await waiting_number(case.id, seeder.moment.today)
        assert waits is not None
        _, on_record = await proposed_number(waits, seeder.vault)
        shown = wanted.digest(on_record, seeder.vault)
        await approve_number(seeder.moment, case, ref, shown, "id_document", second, HERE)

    async def _messages(self) -> None:
        """A code on its way, one that arrived, one that nobody could send, one that came too late."""
        seeder, _ = await self.comes(WITH_PASSWORD)
        at = STORED_AT

        async def arrives(message: OutgoingMessage) -> None:
            pass

        async def fails(message: OutgoingMessage) -> None:
            raise OSError("Connection refused")

        vault, scope = seeder.vault, seeder.scope
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
        news = PasswordNews(vault, HERE.removeprefix("http://"), "zh-CN")
        await set_password(session.id, HASHER.hash(PASSWORD), at, news)
        await accept_invitation(seeder.moment, await self._link(WITH_PASSWORD), None, vault)

    async def _leaving(self) -> None:
        """XQ-10 takes back consent, XQ-18 closes the account; what a changed number is told still waits."""
        seeder = self.comers["XQ-10"]
        await withdraw_consent(seeder.moment, self.lender, seeder.person_id, seeder.borrower)
        seeder = self.comers["XQ-18"]
        await close_account({self.lender: seeder.moment}, seeder.person_id, seeder.borrower, seeder.moment)

        await self._changes("XQ-13", "+8613944444444")

    async def _keys(self) -> None:
        moment = on(6, 14)
        self.keys["api"] = await add_key(moment, self.lender, "core", PURPOSES)
        ended = await add_key(moment, self.lender, "the old core", ("events",))
        row = await tables.ApiKeyRow.get(secret_hash=token_hash(ended))
        await end_key(moment, self.lender, row.ref)
