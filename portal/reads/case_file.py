"""All that is kept of one loan, a file at a time: for whoever has to prove what was shown, said and decided.

What belongs to another loan or to another lender is in none of them.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from portal.domain.conduct.access_log import AccessLogEntry, canonical_row, chain_of
from portal.domain.money import format_amount
from portal.reads.access import LOAN
from portal.reads.case_rows import CASE_ROWS_AT_ONCE, CASE_TABLES, case_line, rows_of_loan
from portal.reads.cases import Case
from portal.reads.decisions import decision_records
from portal.reads.facts import known_facts
from portal.reads.payment_claims import claims_of
from portal.reads.policy import policy_text
from portal.reads.proposals import HistoryEntry, history_entry
from portal.reads.rows import batches, names_of
from portal.tables import models as tables
from portal.vault import Vault

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseFilePart:
    """One file; its pieces come a batch at a time. `personal`: names, numbers or words of people are in it."""

    name: str
    pieces: AsyncIterator[bytes]
    personal: bool = False


async def case_file_parts(case: Case, vault: Vault) -> AsyncIterator[CaseFilePart]:
    """What happened, by chains of exact bytes; then what stands beside them, and who is meant by whom."""
    for chain in await _chains(case):
        yield CaseFilePart(f"{chain.name}.jsonl", chain.bodies())
        yield CaseFilePart(f"{chain.name}.chain", chain.links())
    for kept in CASE_TABLES:
        yield CaseFilePart(f"{kept.name}.jsonl", rows_of_loan(kept, case.id, case.loan.currency))
    yield CaseFilePart("decisions.jsonl", _decisions(case))
    yield CaseFilePart("texts.jsonl", _texts(case, vault), personal=True)
    yield CaseFilePart("agreements.jsonl", _agreements(case))
    async for part in _signed(case, vault):
        yield part
    yield CaseFilePart("policies.jsonl", _policies(case))
    for version, _ in await _in_force(case):
        yield CaseFilePart(f"policies/{version}.toml", _policy(case, version))
    yield CaseFilePart("payment_references.jsonl", _references(case, vault), personal=True)
    yield CaseFilePart("messages.jsonl", _messages(case, vault), personal=True)
    yield CaseFilePart("people.jsonl", _people(case, vault), personal=True)
    yield CaseFilePart("staff.jsonl", _staff(case), personal=True)


@dataclass(frozen=True, slots=True)
class _Chain:
    """Rows of one chain up to now; `body` are the exact bytes of a row, or nothing where it is about another loan."""

    name: str
    rows: QuerySet[Any]
    columns: tuple[str, ...]
    body: Callable[[_Row], bytes | None]

    async def bodies(self) -> AsyncIterator[bytes]:
        async for batch in self._each():
            yield b"".join(body + b"\n" for _, body in batch)

    async def links(self) -> AsyncIterator[bytes]:
        async for batch in self._each():
            yield b"".join(f"{row['seq']} {row['previous']} {row['hash']}\n".encode() for row, _ in batch)

    async def _each(self) -> AsyncIterator[list[tuple[_Row, bytes]]]:
        async for batch in batches(self.rows, CASE_ROWS_AT_ONCE, "id", "seq", "previous", "hash", *self.columns):
            yield [(row, body) for row in batch if (body := self.body(row)) is not None]


async def _chains(case: Case) -> list[_Chain]:
    """The loan's is whole, up to the event that `case` ends with; of the others what is about this loan."""
    about = partial(_about, case.loan.loan_no)
    loan = tables.EventRow.filter(stream=f"{LOAN}{case.id}", seq__lte=case.seq)
    found = [_Chain("events/loan", loan, ("body",), about)]
    owing = tables.PartyRow.filter(loan_id=case.id).order_by("id")
    for place, borrower_id in enumerate(await owing.values_list("borrower_id", flat=True), 1):
        rows = await _until_now(tables.EventRow.filter(stream=f"borrower:{borrower_id}"))
        found.append(_Chain(f"events/borrower-{place}", rows, ("body",), about))
    looks = tables.AccessRow.filter(subject=f"{LOAN}{case.ref}", lender_id=case.lender.id, seq__isnull=False)
    body = partial(_look, chain_of(case.lender.id))
    return [*found, _Chain("access", await _until_now(looks), _LOOK, body)]


async def _until_now(rows: Any) -> Any:
    """What is added while the file is made is in no part of it."""
    last = await rows.order_by("-id").limit(1).values_list("id", flat=True)
    return rows.filter(id__lte=last[0] if last else 0)


def _about(loan_no: str, row: _Row) -> bytes | None:
    body = bytes(row["body"])
    return body if json.loads(body)["loan_no"] in ("", loan_no) else None


_LOOK = names_of(AccessLogEntry, "chain", "seq")


def _look(chain: str, row: _Row) -> bytes:
    return canonical_row(AccessLogEntry(chain, row["seq"], **{name: row[name] for name in _LOOK}))


async def _decisions(case: Case) -> AsyncIterator[bytes]:
    async for each in decision_records(case.lender.id, loan_id=case.id):
        facts = asdict(each) | {"waived": format_amount(each.waived_minor, each.currency)}
        del facts["waived_minor"]
        yield case_line(facts)


async def _texts(case: Case, vault: Vault) -> AsyncIterator[bytes]:
    """What either side wrote, with the salt of the hash by which an event names it; null once it was erased."""
    refs = [ref for (ref,) in await known_facts("text", case)]
    columns = ("id", "ref", "author", "lang", "created_at", "hash", "salt", "sealed")
    async for batch in batches(tables.TextRow.filter(ref__in=refs), CASE_ROWS_AT_ONCE, *columns, key="person__key"):
        yield b"".join(case_line(_text(row, vault)) for row in batch)


def _text(row: _Row, vault: Vault) -> dict[str, Any]:
    kept = {name: row[name] for name in ("ref", "author", "lang", "created_at", "hash")}
    return {**kept, "salt": bytes(row["salt"]).hex(), "text": _opened(row, vault)}


async def case_history(case: Case, vault: Vault) -> tuple[HistoryEntry, ...]:
    """The loan's events as a page words them, each with the text that went with it; the oldest first."""
    said: dict[str, str] = {}
    async for piece in _texts(case, vault):
        said |= {each["ref"]: each["text"] or "" for each in map(json.loads, piece.splitlines())}
    rows = tables.EventRow.filter(stream=f"{LOAN}{case.id}", seq__lte=case.seq).order_by("seq")
    found = await rows.values("body", "occurred_at")
    return tuple(history_entry(json.loads(bytes(row["body"])), row["occurred_at"], said) for row in found)


async def _agreements(case: Case) -> AsyncIterator[bytes]:
    columns = ("ref", "version", "hash", "signed_at", "signed_on")
    for row in await _agreed(case).values(*columns, proposal="proposal__ref"):
        yield case_line(row)


async def _signed(case: Case, vault: Vault) -> AsyncIterator[CaseFilePart]:
    """Each agreement in the exact bytes that were signed; none of those that were erased."""
    for ref in await _agreed(case).values_list("ref", flat=True):
        (row,) = await tables.AgreementRow.filter(ref=ref).values("sealed", key="proposal__person__key")
        text = _opened(row, vault)
        if text is not None:
            yield CaseFilePart(f"agreements/{ref}.html", _whole(text), personal=True)


def _agreed(case: Case) -> Any:
    proposals = tables.ProposalLineRow.filter(loan_id=case.id).values("proposal_id")
    return tables.AgreementRow.filter(proposal_id__in=Subquery(proposals)).order_by("id")


async def _in_force(case: Case) -> list[tuple[int, datetime]]:
    """The versions of the lender's policy from the one in force when the loan came, and when each was recorded."""
    (since,) = await tables.LoanRow.filter(id=case.id).values_list("created_at", flat=True)
    rows = tables.PolicyVersionRow.filter(lender_id=case.lender.id)
    before = await rows.filter(recorded_at__lte=since).order_by("-version").limit(1).values_list("version", flat=True)
    versions = rows.filter(version__gte=before[0] if before else 1).order_by("version")
    return list(await versions.values_list("version", "recorded_at"))


async def _policies(case: Case) -> AsyncIterator[bytes]:
    for version, recorded_at in await _in_force(case):
        yield case_line({"version": version, "recorded_at": recorded_at})


async def _policy(case: Case, version: int) -> AsyncIterator[bytes]:
    """To the byte as the lender wrote it."""
    _, text = await policy_text(case.lender.id, version)
    yield text.encode()


async def _references(case: Case, vault: Vault) -> AsyncIterator[bytes]:
    """What the borrower wrote with a payment they reported."""
    for claim in await claims_of(case.id, vault):
        yield case_line({"payment_claim": claim.ref, "reference": claim.reference or None})


async def _messages(case: Case, vault: Vault) -> AsyncIterator[bytes]:
    """What went to a phone of what happened here, by the key that names what it tells of."""
    refs = await _refs(case)
    owing = await tables.PartyRow.filter(loan_id=case.id).values_list("borrower_id", flat=True)
    rows = tables.OutboundMessageRow.filter(borrower_id__in=owing, key__isnull=False)
    columns = ("id", "kind", "what", "key", "state", "created_at", "ended_at", "sealed")
    async for batch in batches(rows, CASE_ROWS_AT_ONCE, *columns, sealed_by="borrower__key"):
        about = [row for row in batch if refs & set(row["key"].split(":"))]
        yield b"".join(case_line(_message(row, vault)) for row in about)


async def _refs(case: Case) -> set[str]:
    """What messages about this loan name."""
    tables_of = (tables.ComplaintRow.filter(loan_id=case.id), tables.PaymentClaimRow.filter(loan_id=case.id))
    found = [await rows.values_list("ref", flat=True) for rows in tables_of]
    lines = tables.ProposalLineRow.filter(loan_id=case.id)
    return {str(ref) for refs in (*found, await lines.values_list("proposal__ref", flat=True)) for ref in refs}


def _message(row: _Row, vault: Vault) -> dict[str, Any]:
    kept = {name: row[name] for name in ("kind", "what", "state", "created_at", "ended_at")}
    text = vault.unseal_if_kept(bytes(row["sealed_by"]), bytes(row["sealed"]))
    return {**kept, **(json.loads(text) if text else {"to": None, "text": None})}


async def _people(case: Case, vault: Vault) -> AsyncIterator[bytes]:
    """Who owes it, as the lender told; `person` is how events name them."""
    rows = tables.PartyRow.filter(loan_id=case.id).order_by("id")
    columns = {"external_id": "borrower__external_id", "person": "borrower__person__ref", "key": "borrower__key"}
    sealed = {name: f"borrower__{name}_sealed" for name in ("name", "phone", "id_last4")}
    for row in await rows.values("role", **columns, **sealed):
        key = bytes(row.pop("key"))
        yield case_line({**row, **{name: vault.unseal_if_kept(key, bytes(row[name])) for name in sealed}})


async def _staff(case: Case) -> AsyncIterator[bytes]:
    """Whom of the lender's staff the refs mean that acted on this loan or looked at it."""
    refs: set[str] = set()
    for chain in await _chains(case):
        async for piece in chain.bodies():
            actors = (json.loads(line)["actor"] for line in piece.splitlines())
            refs |= {actor["ref"] for actor in actors if actor["kind"] == "staff"}
    rows = tables.StaffRow.filter(lender_id=case.lender.id, ref__in=refs).order_by("id")
    for row in await rows.values("ref", "email", "role", "created_at", "ended_at"):
        yield case_line(row)


async def _whole(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


def _opened(row: _Row, vault: Vault) -> str | None:
    return vault.unseal_if_kept(bytes(row["key"]), bytes(row["sealed"]))
