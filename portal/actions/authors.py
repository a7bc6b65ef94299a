"""Who acts and what they wrote: the guard a form carries back, and the text that is sealed with a move."""

import secrets
from dataclasses import dataclass

from portal.domain.event import Actor, salted_hash
from portal.tables import models as tables
from portal.vault import Vault, new_ref


@dataclass(frozen=True, slots=True)
class FormToken:
    """What a form carries back: the seq it was drawn at, and a key that makes a double click act once."""

    expected_version: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, the vault their words are sealed in, the language of their page; of staff, the role."""

    actor: Actor
    vault: Vault
    note: str = ""
    lang: str = "zh-CN"
    role: str = ""


async def keep_text(
    row: tables.ProposalRow | tables.ComplaintRow, author: Author, loan_id: int
) -> dict[str, str] | None:
    """Seals a note on a loan under the key of the person it is about; the event names it by ref and salted hash."""
    if not author.note:
        return None
    person = await tables.PersonRow.get(id=row.person_id)  # type: ignore[union-attr]
    salt = secrets.token_bytes(16)
    text = await tables.TextRow.create(
        ref=new_ref(),
        person_id=person.id,
        loan_id=loan_id,
        sealed=author.vault.seal(person.key, author.note),
        salt=salt,
        hash=salted_hash(salt, author.note),
        author=author.actor.kind,
        lang=author.lang,
    )
    return {"ref": text.ref, "hash": text.hash}
