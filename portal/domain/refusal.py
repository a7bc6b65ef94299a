"""A refusal says what is allowed, what was given and where, in words that can be translated."""

from collections.abc import Sequence
from difflib import get_close_matches


def N_(message: str) -> str:
    """Marks a message for translation where it is written; it is translated where it is shown."""
    return message


class Refusal(Exception):
    """Base of everything the rules refuse; `facts` fill the placeholders of `says`."""

    says = N_("This is not possible.")

    def __init__(self, field: str = "", /, **facts: object) -> None:
        super().__init__(facts)
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        return self.says.format(**self.facts)


class NotOneOf(Refusal):
    says = N_("It must be one of {allowed}; {given} is not.")


class NearlyOneOf(NotOneOf):
    says = N_("It must be one of {allowed}; {given} is not. Perhaps {meant} was meant.")


def not_one_of(field: str, given: str, allowed: Sequence[str]) -> NotOneOf:
    """The refusal of a word outside a closed list, with the one it nearly is."""
    word = given.strip().lower().replace(" ", "-").replace("_", "-")
    near = get_close_matches(word, allowed, n=1)
    refusal, more = (NearlyOneOf, {"meant": near[0]}) if near else (NotOneOf, {})
    return refusal(field, allowed=", ".join(allowed), given=repr(given), **more)
