"""The deployment's secrets: compared with what they sealed before anything is written, and replaced in one order.

The test value is made only where what was sealed before it opens, or where nothing is sealed yet.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from portal.actions.act import change_outside_feed
from portal.actions.journal import SYSTEM
from portal.reads.keys import LOOKUP, NO_SECRET_FITS, ONE, PLACE, kept_check, no_key_fits, require_first, require_fit
from portal.reads.rows import batches, each_row
from portal.tables import models as tables
from portal.vault import Vault, WrongKey

_BATCH = 500
_TABLES: tuple[Any, ...] = (tables.PersonRow, tables.BorrowerRow)

_log = logging.getLogger(__name__)


async def check_secrets(vault: Vault, at: datetime) -> None:
    """Raises WrongKey unless these secrets are this database's own; where it has no test value yet, makes it."""
    kept = await kept_check()
    if kept is None:
        await _require_fit_for_what_is_there(vault)
        kept = await _make_test_value(vault, at)
    require_fit(vault, kept)


async def rewrap(vault: Vault, at: datetime) -> int:
    """Wraps every key anew, a batch a transaction, and looks phones up by the secret of now; answers how many.

    Everything is opened before anything is written, and the test value is sealed last. Erased ones stay so. Answers
    kept for lenders' systems hang on the secrets of before: they are forgotten. Raises WrongKey.
    """
    places = [vault.which(key) async for key in _keys()]
    if shut := places.count(None):
        found = f"{shut} of {len(places)} keys of people open with none of those given"
        raise WrongKey(f"{vault.setting}: {found}. Nothing was written. Name their secret too, after the others.")
    done = sum([await _rewrap_table(table, vault) for table in _TABLES]) + await _rewrap_factors(vault)
    await _rewrap_webhooks(vault)
    await _forget_answers_of_systems()
    await _rewrap_answers(vault)
    await _renew_test_value(vault, at)
    return done


@change_outside_feed
async def _forget_answers_of_systems() -> None:
    """Removes what lenders' systems were answered: it is sealed under secrets that are about to be replaced.

    What a job answered stays, and is asked for by its ref: by no key any more, for requests are told by the secret too.
    """
    await tables.IdempotencyRow.filter(actor__startswith=SYSTEM).delete()
    await tables.JobRow.filter(key__isnull=False).update(key=None)


async def _require_fit_for_what_is_there(vault: Vault) -> None:
    """A database of before there was a test value: most of what is sealed opens, and some of it by the first key.

    Most, for a wrong secret may have sealed borrowers of its own while nobody noticed.
    """
    places = [vault.which(key) async for key in _keys()]
    shut = places.count(None)
    if shut * 2 > len(places):
        raise WrongKey(no_key_fits(vault, f"it opens {len(places) - shut} of {len(places)} keys of people"))
    if shut:
        _log.warning(
            "%s: %d of %d keys of people were sealed with another secret; name it too, after the others, "
            "and run `python -m portal vault rewrap`", vault.setting, shut, len(places),
        )  # fmt: skip
    if places and 0 not in places:
        require_first(vault, max(place for place in places if place is not None))
    await _require_phones_found(vault)


async def _require_phones_found(vault: Vault) -> None:
    """Raises WrongKey where neither the first nor the last number of a borrower is looked up by this secret."""
    known = tables.BorrowerRow.exclude(phone_hash="").exclude(key=b"")
    rows = [row for row in (await known.order_by("id").first(), await known.order_by("-id").first()) if row]
    readable = [row for row in rows if vault.which(bytes(row.key)) is not None]
    if readable and all(row.phone_hash != _looked_up(row, vault) for row in readable):
        raise WrongKey(NO_SECRET_FITS)


@change_outside_feed
async def _make_test_value(vault: Vault, at: datetime) -> tables.VaultCheckRow:
    """Of two processes that start at once one makes it, and the other is measured by it."""
    made, _ = await tables.VaultCheckRow.get_or_create(_test_value(vault, at), id=ONE)
    return made


@change_outside_feed
async def _renew_test_value(vault: Vault, at: datetime) -> None:
    await tables.VaultCheckRow.update_or_create(defaults=_test_value(vault, at), id=ONE)


def _test_value(vault: Vault, at: datetime) -> dict[str, Any]:
    return {"made_at": at, "sealed": vault.seal_own(PLACE, PLACE), "lookup": vault.lookup(LOOKUP, PLACE)}


async def _keys() -> AsyncIterator[bytes]:
    """Every key that is not erased, a batch at a time, the second factors of staff and the secrets of
    webhooks, sealed under none.
    """
    for table in _TABLES:
        async for row in each_row(table, _BATCH, "id", "key"):
            if row["key"]:
                yield bytes(row["key"])
    for sealed in await tables.StaffRow.filter(totp_sealed__isnull=False).values_list("totp_sealed", flat=True):
        yield str(sealed).encode()
    for pair in await tables.WebhookEndpointRow.all().values_list("secret", "previous_secret"):
        for sealed in filter(None, pair):
            yield str(sealed).encode()


async def _rewrap_table(table: Any, vault: Vault) -> int:
    found = batches(table, _BATCH, "id")
    return sum([await _rewrap_batch(table, [row["id"] for row in batch], vault) async for batch in found])


@change_outside_feed
async def _rewrap_batch(table: Any, ids: list[int], vault: Vault) -> int:
    found = table.filter(id__in=ids).select_for_update().only("id", "key", "phone_hash", "phone_sealed")
    rows, rehashed = [row for row in await found if row.key], {}
    for row in rows:
        if row.phone_hash and row.phone_sealed:
            before, row.phone_hash = row.phone_hash, _looked_up(row, vault)
            rehashed[before] = row.phone_hash
        row.key = vault.rewrap(bytes(row.key))
    if rows:
        await table.bulk_update(rows, fields=["key", "phone_hash"])
    if table is tables.BorrowerRow:  # what the desk looks for is hashed under the same secret: the worker does it anew
        await table.filter(id__in=ids).update(name_hash=None, last4_hash=None)
    await _rehash_persons({old: new for old, new in rehashed.items() if old != new})
    return len(rows)


@change_outside_feed
async def _rewrap_factors(vault: Vault) -> int:
    rows = await tables.StaffRow.filter(totp_sealed__isnull=False).select_for_update().only("id", "totp_sealed")
    for row in rows:
        row.totp_sealed = vault.rewrap(str(row.totp_sealed).encode()).decode()
    if rows:
        await tables.StaffRow.bulk_update(rows, fields=["totp_sealed"])
    return len(rows)


@change_outside_feed
async def _rewrap_webhooks(vault: Vault) -> None:
    rows = (
        await tables.WebhookEndpointRow.exclude(secret="").select_for_update().only("id", "secret", "previous_secret")
    )
    for row in rows:
        row.secret = vault.rewrap(row.secret.encode()).decode()
        row.previous_secret = vault.rewrap(row.previous_secret.encode()).decode() if row.previous_secret else ""
    if rows:
        await tables.WebhookEndpointRow.bulk_update(rows, fields=["secret", "previous_secret"])


async def _rewrap_answers(vault: Vault) -> None:
    """What a job answered, or made so far, one at a time, for it may be long."""
    for job_id in await tables.JobRow.exclude(answer="").order_by("id").values_list("id", flat=True):
        await _rewrap_answer(int(str(job_id)), vault)


@change_outside_feed
async def _rewrap_answer(job_id: int, vault: Vault) -> None:
    row = await tables.JobRow.filter(id=job_id).select_for_update().only("id", "answer").first()
    if row is not None and vault.which(row.answer.encode()) is not None:
        await tables.JobRow.filter(id=job_id).update(answer=vault.rewrap(row.answer.encode()).decode())


async def _rehash_persons(rehashed: Mapping[str, str]) -> None:
    """A person signs in by the number a lender has on record, of which they keep the hash alone."""
    persons = await tables.PersonRow.filter(phone_hash__in=list(rehashed)).only("id", "phone_hash")
    for person in persons:
        person.phone_hash = rehashed[str(person.phone_hash)]
    if persons:
        await tables.PersonRow.bulk_update(persons, fields=["phone_hash"])


def _looked_up(row: Any, vault: Vault) -> str:
    """How the phone of a person or borrower is found under the secret of now."""
    return vault.lookup("phone", vault.unseal(bytes(row.key), bytes(row.phone_sealed)))
