"""Whether the secrets of the settings are those this database was sealed with: one test value tells."""

import hmac

from portal.tables import models as tables
from portal.vault import Vault, WrongKey

ONE = 1
"""The test value is a row of its own, and the only one."""
PLACE, LOOKUP = "vault_check", "vault-check"


async def kept_check() -> tables.VaultCheckRow | None:
    return await tables.VaultCheckRow.get_or_none(id=ONE)


async def secrets_fit(vault: Vault) -> bool:
    """Whether what is sealed opens and what is looked up is found, be the first of the data keys in use or not."""
    kept = await kept_check()
    return kept is None or (vault.which(kept.sealed.encode()) is not None and _same_secret(vault, kept))


def require_fit(vault: Vault, kept: tables.VaultCheckRow) -> None:
    """Raises WrongKey unless the first data key opens the test value, and the secret is the one it was hashed with."""
    found = vault.which(kept.sealed.encode())
    if found is None:
        raise WrongKey(no_key_fits(vault))
    require_first(vault, found)
    if not _same_secret(vault, kept):
        raise WrongKey(NO_SECRET_FITS)


def require_first(vault: Vault, found: int | None) -> None:
    """Raises WrongKey unless the data key that sealed, one of those given, is the first: only that one seals anew."""
    if found:
        raise WrongKey(
            f"PORTAL_DATA_KEY: the first of the {len(vault)} keys was never used with this database, no. {found + 1} "
            "is. Nothing was written. If it is new, bring it in with `python -m portal vault rewrap`; if it is "
            "mistyped, mend it."
        )


def no_key_fits(vault: Vault, found: str = "it opens nothing that is sealed here") -> str:
    """What is said to whoever starts with keys that open nothing, or too little."""
    given = "is not the one" if len(vault) == 1 else f"none of the {len(vault)} keys is the one"
    beside = ", and PORTAL_DATA_KEY is not set" if vault.setting == "PORTAL_SECRET" else ""
    return (
        f"{vault.setting}: {given} this database was sealed with{beside}: {found}. Nothing was written. "
        "Set the one it was sealed with; in PORTAL_DATA_KEY it may stand after a newer one."
    )


NO_SECRET_FITS = (
    "PORTAL_SECRET: is not the one phone numbers are looked up with in this database. Nothing was written. Set the "
    "one used before; if it was changed on purpose, bring it in with `python -m portal vault rewrap`."
)


def _same_secret(vault: Vault, kept: tables.VaultCheckRow) -> bool:
    return hmac.compare_digest(kept.lookup, vault.lookup(LOOKUP, PLACE))
