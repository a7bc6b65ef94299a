"""Personal fields and texts: sealed under a key per person, which is wrapped under the deployment's own key.

Destroying a person's wrapped key erases them; what is looked up is looked up by keyed hash.
"""

import base64
import hashlib
import hmac
import secrets
from contextlib import suppress

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Erased(Exception):
    """The key was destroyed, or what it sealed was emptied: it cannot be read any more."""


_OTHER_KEY = "PORTAL_SECRET or PORTAL_DATA_KEY: is not the one this data was sealed with"


class WrongKey(Exception):
    """A secret of the settings is not the one this was sealed or looked up with. The message tells no secret."""


class WrongPlace(Exception):
    """Something sealed was moved to a row or column for which it was not sealed."""


class Vault:
    """Wraps and unwraps the keys of persons. `data_keys`: the current one first, then those it replaced.

    `setting` is the one that its keys come from.
    """

    def __init__(self, secret: str, data_keys: tuple[str, ...] = ()) -> None:
        self.setting = "PORTAL_DATA_KEY" if data_keys else "PORTAL_SECRET"
        self._keys = [Fernet(_derive(source, b"wrap")) for source in data_keys or (secret,)]
        self._wrapping = MultiFernet(self._keys)
        self._lookup = _derive(secret, b"lookup")
        self._signing = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(_derive(secret, b"signing")))

    def __len__(self) -> int:
        """How many data keys were given."""
        return len(self._keys)

    def which(self, sealed: bytes) -> int | None:
        """Which of the data keys sealed this, counted from 0; None for none of them."""
        for place, key in enumerate(self._keys):
            with suppress(InvalidToken):
                key.decrypt(sealed)
                return place
        return None

    def new_key(self) -> bytes:
        """A fresh person's key, wrapped: this is what is stored."""
        return self._wrapping.encrypt(Fernet.generate_key())

    def rewrap(self, wrapped: bytes) -> bytes:
        """The same person's key under the newest data key. Raises WrongKey."""
        try:
            return self._wrapping.rotate(wrapped)
        except InvalidToken as error:
            raise WrongKey(_OTHER_KEY) from error

    def seal(self, wrapped: bytes, text: str) -> bytes:
        return self._opened(wrapped).encrypt(text.encode())

    def unseal(self, wrapped: bytes, sealed: bytes) -> str:
        """The text again. Raises `Erased` when the key was destroyed, or what it sealed was emptied."""
        opened = self._opened(wrapped)
        if not sealed:
            raise Erased
        return opened.decrypt(sealed).decode()

    def unseal_if_kept(self, wrapped: bytes, sealed: bytes) -> str | None:
        """The same; None once it was erased."""
        with suppress(Erased):
            return self.unseal(wrapped, sealed)
        return None

    def seal_in(self, wrapped: bytes, place: str, text: str) -> bytes:
        """Bound to its place, such as `approval:REF`: what is moved to another row or column does not open there."""
        return self.seal(wrapped, f"{place}\0{text}")

    def unseal_in(self, wrapped: bytes, place: str, sealed: bytes) -> str:
        """The text again. Raises Erased; WrongPlace for what was sealed for another place."""
        return _bound(place, self.unseal(wrapped, sealed).encode()).decode()

    def seal_own(self, place: str, text: str) -> str:
        """Under the deployment's own key, bound to its place: for what belongs to no person and must not lie open."""
        return self.seal_piece(place, text.encode()).decode()

    def unseal_own(self, place: str, sealed: str) -> str:
        """The text again. Raises WrongKey, WrongPlace."""
        return self.unseal_piece(place, sealed.encode()).decode()

    def seal_piece(self, place: str, data: bytes) -> bytes:
        """A piece of a file, bound to its place, as one line of text without its end."""
        return self._wrapping.encrypt(place.encode() + b"\0" + data)

    def unseal_piece(self, place: str, sealed: bytes) -> bytes:
        """The piece again. Raises WrongKey, WrongPlace."""
        try:
            return _bound(place, self._wrapping.decrypt(sealed))
        except InvalidToken as error:
            raise WrongKey(_OTHER_KEY) from error

    def cashier_key(self, slug: str) -> str:
        """What a lender's cashier page checks amounts with (hexadecimal); the lender is given it by `key cashier`."""
        return self.lookup("cashier", slug)

    def sign(self, data: bytes) -> str:
        """What everybody who has `signing_key` can check, and nobody who has no more than that can make (base64)."""
        return base64.b64encode(self._signing.sign(data)).decode()

    @property
    def signing_key(self) -> str:
        """The public half of the Ed25519 key that statements are signed with (base64)."""
        return base64.b64encode(self._signing.public_key().public_bytes_raw()).decode()

    def lookup(self, purpose: str, value: str) -> str:
        """A keyed hash to find a value by without keeping it (HMAC-SHA-256, hexadecimal)."""
        return hmac.new(self._lookup, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    def _opened(self, wrapped: bytes) -> Fernet:
        if not wrapped:
            raise Erased
        try:
            return Fernet(self._wrapping.decrypt(wrapped))
        except InvalidToken as error:
            raise WrongKey(_OTHER_KEY) from error


def audit_key(given: str, secret: str) -> bytes:
    """What heads of the log are made under: the key of its own where one is given, else one derived from the secret."""
    return _derive(given or secret, b"audit")


def new_token() -> str:
    """256 random bits for a link or a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """How a random token is kept: 256 bits of entropy need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_ref() -> str:
    """An opaque name for an address: 80 random bits in lower-case base 32, easy to read out."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def _bound(place: str, opened: bytes) -> bytes:
    bound, _, data = opened.partition(b"\0")
    if bound != place.encode():
        raise WrongPlace(place)
    return data


def _derive(source: str, purpose: bytes) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"repayment-portal/" + purpose)
    return base64.urlsafe_b64encode(kdf.derive(source.encode()))
