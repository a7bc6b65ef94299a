"""A text in a cell of a CSV: never a formula to whoever opens it in a spreadsheet, and always the same text again.

Source: OWASP, CSV Injection. The apostrophe before it is part of the cell; a text that begins with one gets another, so
that a program reads every cell that begins with an apostrophe without its first character.
"""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", '"', "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a text begins that a spreadsheet takes for more than text, the full-width forms of the first four too."""


def csv_text(text: str) -> str:
    """The cell for a text told from outside."""
    return f"'{text}" if text.startswith(DANGEROUS) else text
