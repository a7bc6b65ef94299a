"""One thing that was looked at: what it is, how it stands, and what to do."""

from dataclasses import dataclass

OK, WARNING, WRONG = "ok", "warning", "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """`state` is OK, WARNING (it works, and should not stay so) or WRONG (something does not work, or is unsafe)."""

    name: str
    state: str
    found: str
    do: str = ""

    def __str__(self) -> str:
        return f"{self.state:<7}  {self.name:<11}  {self.found}" + (f" -> {self.do}" if self.do else "")


def ok(name: str, found: str) -> Check:
    return Check(name, OK, found)


def warning(name: str, found: str, do: str) -> Check:
    return Check(name, WARNING, found, do)


def wrong(name: str, found: str, do: str) -> Check:
    return Check(name, WRONG, found, do)
