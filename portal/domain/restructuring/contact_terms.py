"""How a lender reaches its borrowers: under the rules of which country, and where it is stricter than they are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContactTerms:
    """What its policy says of it; None is as the rules say. Hours are full ones of the borrower's local time."""

    rules: str = "CN"
    from_hour: int | None = None
    to_hour: int | None = None
    effective_calls_a_day: int | None = None
    unanswered_tries_a_day: int | None = None
    tries_in_seven_days: int | None = None
    visit_within_days: int = 14

    def stricter_limits(self) -> dict[str, int]:
        """By the name of what is counted, the most that the lender allows itself."""
        found = {
            "effective_calls_a_day": self.effective_calls_a_day,
            "unanswered_tries_a_day": self.unanswered_tries_a_day,
            "tries_in_seven_days": self.tries_in_seven_days,
        }
        return {name: most for name, most in found.items() if most is not None}


AS_THE_RULES_SAY = ContactTerms()
