"""A refusal says what is allowed, what was given and where, in words that can be translated."""


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
