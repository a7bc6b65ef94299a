"""Makes the twin's tables and fills them from the portal's file: python -m bench.peer.fill FILE < who-is-in.json"""

import json
import os
import sqlite3
import sys
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peer.settings")
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from bench.peer.models import Borrower, Contract, Installment, Lender, Payment

BATCH = 300
CONTRACTS = """
SELECT loan.id, ref, borrower_id, loan.lender_id, loan_no, product, lender_kind, currency, signed_on, disbursed_on,
  principal_minor, terms, schedule
FROM loan JOIN party ON party.loan_id = loan.id JOIN contract ON contract.loan_id = loan.id ORDER BY loan.id
"""
PAYMENTS = "SELECT id, loan_id, external_id, received_on, amount_minor FROM payment ORDER BY id"


@transaction.atomic
def main(path: str, tokens: dict[str, str]) -> None:
    with sqlite3.connect(path) as file:
        lenders = file.execute("SELECT id, name, slug, timezone FROM lender")
        _store(Lender, ("id", "name", "slug", "timezone"), lenders)
        contracts = file.execute(CONTRACTS).fetchall()
        people = [Borrower(id=int(each), phone=each, password="!") for each in tokens]
        Borrower.objects.bulk_create(people, BATCH)
        _store(Contract, COLUMNS, [row[:-1] for row in contracts])
        for row in contracts:
            rows = [(row[0], *each) for each in json.loads(row[-1])]
            _store(Installment, ("contract_id", "no", "due_on", "principal", "interest", "fees"), rows)
        _store(Payment, ("id", "contract_id", "number", "received_on", "amount"), file.execute(PAYMENTS))
    _let_in(people, tokens)


COLUMNS = (
    *("id", "ref", "borrower_id", "lender_id", "loan_no", "product", "lender_kind", "currency", "signed_on"),
    *("disbursed_on", "principal", "terms"),
)


def _store(model: Any, columns: tuple[str, ...], rows: Any) -> None:
    model.objects.bulk_create((model(**dict(zip(columns, row, strict=True))) for row in rows), BATCH)


def _let_in(people: list[Borrower], tokens: dict[str, str]) -> None:
    """A session as `login` leaves one, under the first 32 characters of the token that the portal knows them by."""
    store, ends = SessionStore(), timezone.now() + timedelta(days=2)
    kept = {BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend"}
    sessions = [
        Session(
            session_key=tokens[each.phone][:32],
            session_data=store.encode(
                kept | {SESSION_KEY: str(each.id), HASH_SESSION_KEY: each.get_session_auth_hash()}
            ),
            expire_date=ends,
        )
        for each in people
    ]
    Session.objects.bulk_create(sessions, BATCH)


if __name__ == "__main__":
    call_command("migrate", run_syncdb=True, verbosity=0)
    main(sys.argv[1], json.load(sys.stdin))
