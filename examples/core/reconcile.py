"""Each day: does the core have everything, and everything as it was? The portal's signed statement says."""

import base64
import hashlib
from datetime import date

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from portal_client.models import ListHeadsOf

from core.books import canonical

PAGE = 500


class NotSigned(Exception):
    """The statement is not the portal's, or not as it was made."""


def reconcile(core, on=None, key=""):
    """Answers the names of the chains that differed; they were read again, and do not any more.

    `on` is a date, today where there is none; `key` the public key that `portal key statement` prints.
    """
    core.pull()
    statement = core.portal.ask("events.get_statement", **({} if on is None else {"on": on}))
    check_signature(statement, key)
    if _agrees(core.books, statement):
        return []
    differing = sorted(_differing(core, statement))
    for name in differing:
        core.read_again(name)
    if not _agrees(core.books, statement):
        raise NotSigned(f"the feed was read again, and is not what was signed of {statement['on']}")
    return differing


def check_signature(statement, key=""):
    signature = statement["signature"]
    if key and key != signature["key"]:
        raise NotSigned("it is signed with another key than the one this core was given")
    told = {name: value for name, value in statement.items() if name != "signature"}
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(signature["key"]))
        public.verify(base64.b64decode(signature["value"]), canonical(told))
    except InvalidSignature:
        raise NotSigned("its signature does not fit") from None


def _agrees(books, statement):
    heads, last = books.heads(statement["last"]), statement["last"]
    of_loans = [head for head in heads if head[0].startswith("loan:")]
    others = [head for head in heads if not head[0].startswith("loan:")]
    mine = books.count(last), _hash_of(of_loans), _hash_of(others)
    return mine == (statement["events"], statement["loan_heads"], statement["other_heads"])


def _hash_of(heads):
    lines = sorted(f"{name} {seq} {hashed}\n".encode() for _, name, seq, hashed in heads)
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _differing(core, statement):
    mine = {name: (seq, hashed) for _, name, seq, hashed in core.books.heads(statement["last"])}
    asked = {"on": date.fromisoformat(statement["on"]), "last": statement["last"]}
    for of in ListHeadsOf:
        after, more = 0, True
        while more:
            page = core.portal.ask("events.list_heads", of=of, after=after, limit=PAGE, **asked)
            for head in page["heads"]:
                if mine.get(head["name"]) != (head["seq"], head["hash"]):
                    yield head["name"]
            after, more = page["next"], page["more"]
