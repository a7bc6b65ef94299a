"""What a payment in a file is refused for."""

from portal.domain.refusal import N_, Refusal


class AmountOrReversal(Refusal):
    says = N_(
        "A payment has an amount (and, if stated, where it went); a reversal names the payment it takes back, with an "
        "amount where that is a part of it; a refund has an amount and nothing else."
    )


class NothingToReverse(Refusal):
    says = N_("There is no payment {given} here that could be reversed.")


class AlreadyReversed(Refusal):
    says = N_("The payment {given} is already reversed here.")


class MoreThanIsLeft(Refusal):
    says = N_("Of payment {payment} {allowed} are left, and {given} would be taken back.")


class ThenWithPrepay(Refusal):
    says = N_(
        "`then` says what a prepayment does to the rows to come: {allowed}. It goes with the purpose prepay and with "
        "no other; here it is {given} with the purpose {purpose}."
    )


class AllocatedTooMuch(Refusal):
    says = N_("What was allocated adds up to {given}, more than the payment of {allowed}.")


class NamedAndStated(Refusal):
    says = N_(
        "A payment that names an installment or a purpose is no reversal or refund and has no allocation: what it paid "
        "is worked out."
    )


class NamedTwice(Refusal):
    says = N_(
        "A payment names an installment of the contract, one of the plan or a purpose; {given} names two of these."
    )
