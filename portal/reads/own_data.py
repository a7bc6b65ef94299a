"""Everything that is kept about one person, a question at a time: what the law lets them have a copy of.

Of the lenders they have proven to be themselves to, that is: one lender's number is no key to what another one keeps.
"""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Q

from portal.domain.ledger.position import position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.money import format_amount
from portal.reads.cases import Case, PersonScope, cases
from portal.reads.facts import known_facts
from portal.reads.personal import looks_at_person
from portal.reads.sessions import ids_of
from portal.reads.told_income import income_seen
from portal.tables import models as tables
from portal.vault import Vault

Facts = dict[str, Any]


async def own_data(scope: PersonScope, vault: Vault, days: dict[str, date]) -> AsyncIterator[tuple[str, Any]]:
    """The parts by name, one after another; `days` is each lender's business day, by slug."""
    owed, theirs = await cases(scope), scope.filters()
    ids = [case.id for case in owed]
    yield "identity", await _identity(scope, vault)
    yield "loans", await _loans(owed, days)
    yield "proposals", await _proposals(theirs)
    yield "texts", await _texts(scope, owed, vault)
    yield "drafts", await _drafts(scope, vault)
    yield "income_shown", await _incomes(scope, vault)
    yield "agreements", await _agreements(scope, vault)
    yield "payments_reported", await _reports(scope, vault)
    yield "problems", await _problems(theirs)
    yield (
        "holds",
        _plain(await tables.HoldRow.filter(loan_id__in=ids).order_by("id").values(*_HOLD, loan_no="loan__loan_no")),
    )
    yield "contacts", await _contacts(scope, ids)
    visits = tables.VisitRow.filter(**theirs).order_by("id")
    yield "visits", _plain(await visits.values(*_VISIT, loan_no="loan__loan_no", text="text__ref"))
    yield "preferences", _plain(await tables.PreferenceRow.filter(**theirs).values(*_PREFERENCE, lender=_SLUG))
    yield "message_choices", _plain(await tables.MessageChoiceRow.filter(**theirs).values(*_CHOICE, lender=_SLUG))
    yield "consents", _plain(await tables.ConsentRow.filter(**theirs).values("notice", "given_at", lender=_SLUG))
    yield "sessions", await _sessions(scope)
    yield "messages_sent", await _messages(scope)
    yield "access", await _access(scope)
    yield "events", await _events(scope, ids)


async def preferences_of(scope: PersonScope) -> dict[str, Facts]:
    """How this person chose to be reached, by lender."""
    rows = await tables.PreferenceRow.filter(**scope.filters()).values(*_PREFERENCE, slug=_SLUG)
    return {row["slug"]: row for row in rows}


_SLUG = "lender__slug"
_HOLD = ("ref", "reason", "requested_at", "acknowledged_at", "until", "ended_at")
_CONTACT = (
    *("ref", "channel", "agency", "timezone", "asked_at", "until", "reason", "allowed_from", "decided_by"),
    *("outcome", "made_at", "seconds", "told_at", "against"),
)
_VISIT = ("ref", "day", "from_hour", "to_hour", "timezone", "made_at", "withdrawn_at")
_PREFERENCE = ("channel", "from_hour", "to_hour", "set_at")
_CHOICE = ("kinds", "locale", "set_at")
_SESSION = ("how", "created_at", "seen_at", "expires_at", "ended_at")
_DELIVERY = ("kind", "what", "state", "attempts", "created_at", "ended_at")
_INCOME = ("version", "told_at", "taken_back_at")
_PROPOSAL = ("ref", "kind", "state", "version", "decide_by", "expires_on", "submitted_at", "created_at")
_PROBLEM = ("ref", "kind", "component", "state", "outcome", "answer_by", "opened_at", "decided_at")


async def _identity(scope: PersonScope, vault: Vault) -> Facts:
    person = await tables.PersonRow.get(id=scope.person_id)
    rows = await tables.BorrowerRow.filter(**scope.filters()).order_by("id").prefetch_related("lender")
    return {
        "since": person.created_at.isoformat(),
        "locale": person.locale,
        "has_password": person.password_hash is not None,
        "as_lenders_know_you": [_borrower(row, vault) for row in rows],
    }


def _borrower(row: tables.BorrowerRow, vault: Vault) -> Facts:
    known = {"lender": row.lender.slug, "external_id": row.external_id, "erased_at": _iso(row.erased_at)}
    if not row.key:
        return known
    key = bytes(row.key)
    sealed = {"name": row.name_sealed, "phone": row.phone_sealed, "id_last4": row.id_last4_sealed}
    known |= {name: vault.unseal(key, bytes(value)) for name, value in sealed.items()}
    return {**known, "timezone": row.timezone, "number_changed_at": _iso(row.number_changed_at)}


async def _loans(owed: Sequence[Case], days: dict[str, date]) -> list[Facts]:
    rows = await tables.ContractRow.filter(loan_id__in=[case.id for case in owed]).order_by("version").values()
    versions: dict[int, list[Facts]] = {}
    for row in rows:
        amounts = {"principal": format_amount(row["principal_minor"], row["currency"])}
        texts = {name: json.loads(row[name]) for name in ("terms", "schedule")}
        kept = (
            "version",
            "product",
            "currency",
            "signed_on",
            "disbursed_on",
            "written_off_on",
            "legal_stage",
            "recorded_at",
        )
        versions.setdefault(row["loan_id"], []).append({**_one({k: row[k] for k in kept}), **amounts, **texts})
    return [
        {
            "lender": case.lender.slug,
            "position": position_facts(position(case.loan, days[case.lender.slug])),
            "contracts": versions.get(case.id, []),
        }
        for case in owed
    ]


async def _proposals(theirs: Facts) -> list[Facts]:
    rows = await tables.ProposalRow.filter(**theirs).order_by("id").values("id", *_PROPOSAL, lender=_SLUG)
    offers: dict[int, list[Facts]] = {}
    made = tables.OfferRow.filter(proposal_id__in=[row["id"] for row in rows]).order_by("version")
    for row in await made.values("proposal_id", "version", "party", "terms", "plan", "made_at", note="note__ref"):
        texts = {name: json.loads(row[name]) for name in ("terms", "plan")}
        offers.setdefault(row.pop("proposal_id"), []).append({**_one(row), **texts})
    return [{**_one(row), "offers": offers.get(row["id"], [])} for row in rows]


async def _texts(scope: PersonScope, owed: Sequence[Case], vault: Vault) -> list[Facts]:
    """What either side wrote about these loans: with a move of a proposal, or in the thread of a problem."""
    refs = [ref for (ref,) in await known_facts("text", *owed)]
    rows = (
        await tables.TextRow.filter(person_id=scope.person_id, ref__in=refs)
        .order_by("id")
        .values("ref", "author", "lang", "created_at", "sealed", key="person__key")
    )
    return [{**_one(row), "text": _opened(row, vault)} for row in rows]


async def _drafts(scope: PersonScope, vault: Vault) -> list[Facts]:
    rows = tables.DraftRow.filter(person_id=scope.person_id, loan__lender_id__in=scope.lenders).order_by("id")
    kept = await rows.values("saved_at", "sealed", loan_no="loan__loan_no", key="person__key")
    return [{**_one(row), "typed": json.loads(_opened(row, vault) or "{}")} for row in kept]


async def _incomes(scope: PersonScope, vault: Vault) -> list[Facts]:
    """What they let lenders see of what they earn and spend; of what was taken back, that it had been."""
    rows = tables.ToldIncomeRow.filter(**scope.filters("proposal__")).order_by("id")
    kept = await rows.values(*_INCOME, "sealed", ref="proposal__ref", key="proposal__person__key")
    return [{**_one(row), **income_seen(row, vault)} for row in kept]


async def _agreements(scope: PersonScope, vault: Vault) -> list[Facts]:
    rows = (
        await tables.AgreementRow.filter(**scope.filters("proposal__"))
        .order_by("id")
        .values("ref", "version", "hash", "signed_at", "sealed", proposal="proposal__ref", key="proposal__person__key")
    )
    return [{**_one(row), "text": _opened(row, vault)} for row in rows]


async def _reports(scope: PersonScope, vault: Vault) -> list[Facts]:
    theirs = {"person_id": scope.person_id, "loan__lender_id__in": scope.lenders}
    rows = await tables.PaymentClaimRow.filter(**theirs).order_by("id").values(
        "ref", "paid_on", "state", "reported_at", "amount_minor", "loan_id", loan_no="loan__loan_no",
        installment="installment_no", plan_installment="plan_installment_no",
        sealed="reference_sealed", key="person__key",
    )  # fmt: skip
    ids = [row["loan_id"] for row in rows]
    currency = dict(await tables.ContractRow.filter(loan_id__in=ids).values_list("loan_id", "currency"))
    return [
        {
            **_one(row),
            "amount": format_amount(row["amount_minor"], currency[row["loan_id"]]),
            "currency": currency[row["loan_id"]],
            "reference": _opened(row, vault) if row["sealed"] else None,
        }
        for row in rows
    ]


async def _problems(theirs: Facts) -> list[Facts]:
    rows = await tables.ComplaintRow.filter(**theirs).order_by("id").values(*_PROBLEM, loan_no="loan__loan_no")
    texts: dict[str, list[str]] = {}
    thread = tables.MessageRow.filter(problem__ref__in=[row["ref"] for row in rows]).order_by("id")
    for row in await thread.values(problem="problem__ref", text="text__ref"):
        texts.setdefault(row["problem"], []).append(row["text"])
    return [{**_one(row), "texts": texts.get(row["ref"], [])} for row in rows]


async def _contacts(scope: PersonScope, loan_ids: Sequence[int]) -> list[Facts]:
    """Theirs, and what was refused because nobody who owes the loan was meant."""
    whose = Q(borrower__person_id=scope.person_id) | Q(borrower_id__isnull=True)
    rows = tables.ContactRow.filter(whose, loan_id__in=list(loan_ids)).order_by("id")
    return _plain(await rows.values(*_CONTACT, loan_no="loan__loan_no"))


async def _sessions(scope: PersonScope) -> list[Facts]:
    """Those that show nothing but these lenders."""
    rows = await tables.SessionRow.filter(person_id=scope.person_id).order_by("id").values("lenders", *_SESSION)
    return _plain([row for row in rows if ids_of(row.pop("lenders")) <= scope.lenders])


async def _messages(scope: PersonScope) -> list[Facts]:
    """What went to them from these lenders; codes too, only where none of them can be of another lender."""
    theirs = Q(**scope.filters("borrower__"))
    if await _whole(scope):
        theirs |= Q(person_id=scope.person_id)
    return _plain(await tables.OutboundMessageRow.filter(theirs).order_by("id").values(*_DELIVERY))


async def _whole(scope: PersonScope) -> bool:
    """Whether these are all lenders that know the person."""
    return not await tables.BorrowerRow.filter(person_id=scope.person_id).exclude(lender_id__in=scope.lenders).exists()


async def _access(scope: PersonScope) -> list[Facts]:
    """What this person did that is no event of a loan, and in which role staff looked at them."""
    (ref,) = await tables.PersonRow.filter(id=scope.person_id).values_list("ref", flat=True)
    done = tables.AccessRow.filter(actor_kind="borrower", actor_ref=ref).order_by("id")
    own = await done.values("what", "subject", "at") if await _whole(scope) else []
    looks = [
        {"what": "opened by staff", "lender": look.lender_name, "role": look.role, "loan_no": look.loan_no,
         "reason": look.reason, "at": look.at}
        for look in await looks_at_person(scope)
    ]  # fmt: skip
    return _plain([*own, *looks])


async def _events(scope: PersonScope, loan_ids: Sequence[int]) -> list[Any]:
    """As they were chained, in the order they were written."""
    borrowers = await tables.BorrowerRow.filter(**scope.filters()).values_list("id", flat=True)
    streams = [*(f"loan:{each}" for each in loan_ids), *(f"borrower:{each}" for each in borrowers)]
    bodies = await tables.EventRow.filter(stream__in=streams).order_by("id").values_list("body", flat=True)
    return [json.loads(bytes(body)) for body in bodies]


def _opened(row: Facts, vault: Vault) -> str | None:
    return vault.unseal_if_kept(bytes(row["key"]), bytes(row["sealed"]))


def _plain(rows: Sequence[Facts]) -> list[Facts]:
    return [_one(row) for row in rows]


def _one(row: Facts) -> Facts:
    """A row as JSON has it, without what is sealed or only the database's own."""
    inner = {"id", "key", "sealed", "loan_id", "amount_minor"}
    return {name: _iso(value) for name, value in row.items() if name not in inner}


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
