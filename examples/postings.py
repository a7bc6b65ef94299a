"""What each event of the feed posts: the rules of `general_ledger.py`, one for each type that moves money."""

from collections import defaultdict
from decimal import Decimal

from loan_accounts import (
    AS_STATED,
    CASH,
    COMPONENTS,
    CONTINGENT,
    COUNTED,
    CREDIT,
    NOT_CHARGED,
    NOT_DUE,
    NOTHING,
    PLAN_NOT_DUE,
    WAIVED,
    Wrong,
    amounts_of,
    income_of,
    lines_of,
    paid_by,
    payer_of,
)


def pay_anew(loan, data):
    """Each payment as it is told now, and what late facts made final of a plan's waiver."""
    loan.settle_all(data)
    for told in data.get("final", ()):
        now_final(loan, told["agreement"], amounts_of(told["vested"]))


def added(loan, event, data):
    """The loan is paid out."""
    loan.added_on = event["business_date"]
    loan.add(NOT_DUE, Decimal(data["principal"]), "", "principal")
    loan.add(CASH, -Decimal(data["principal"]))


def changed(loan, _event, data):
    """Money in the row comes and goes back; what each payment and waiver pays by it is told; an end clears all."""
    new, known = data["new"], {each["id"] for each in data["old"].get("payments", ())}
    for told in new.get("payments", ()):
        if told["id"] not in known:
            moves(loan, told, 1)
    if "closed" in new:
        loan.undo(loan.cleared)
        loan.sold, loan.cleared = bool(new["closed"]), []
    if "written_off_on" in new:
        loan.written_off = bool(new["written_off_on"])
    if "allocations" in data:
        gone = loan.paid.keys() - {payer_of(told) for told in data["allocations"]}
        for payer in [each for each in gone if each[0] == "lender_credit"]:
            loan.settle(payer, {})
            del loan.paid[payer]
    pay_anew(loan, data)


def received(loan, _event, data):
    """Cash against what it paid; the rest is the borrower's credit."""
    payer = payer_of(data)
    comes(loan, payer, Decimal(data["amount"]))
    loan.settle(payer, paid_by(data, data["allocation"]))
    pay_anew(loan, data)


def moves(loan, told, sign):
    """A payment as a row tells it, or with -1 as if it had not come."""
    amount = Decimal(told.get("amount", 0))
    if told.get("reverses"):
        payer, whole = ("payment", told["reverses"]), "amount" not in told
        amount = loan.money[payer] if whole and sign > 0 else loan.back.get(told["id"], NOTHING) if whole else amount
        loan.money[payer] = loan.money.get(payer, NOTHING) - sign * amount
        loan.back[told["id"]] = amount
    if told.get("reverses") or told.get("refunds"):
        loan.add(CREDIT, sign * amount)
        loan.add(CASH, -sign * amount)
    else:
        payer = "payment", told["id"]
        comes(loan, payer, sign * amount)
        loan.paid.setdefault(payer, {})


def corrected(loan, _event, data):
    """As it is told now in the place of what was told before; one that is withdrawn pays nothing."""
    moves(loan, data["old"], -1)
    if "new" in data:
        moves(loan, data["new"], 1)
    pay_anew(loan, data)
    if "allocation" in data:
        loan.settle(payer_of(data), paid_by(data, data["allocation"]))
    if "new" not in data:
        loan.paid.pop(("payment", data["payment"]), None)


def comes(loan, payer, amount):
    loan.money[payer] = loan.money.get(payer, NOTHING) + amount
    loan.add(CASH, amount)
    loan.add(CREDIT, -amount)


def reversed_(loan, _event, data):
    """Out of the credit that what it undid has become."""
    payer = "payment", data["reverses"]
    if payer not in loan.money:
        raise Wrong(f"{payer[1]} is taken back and never came")
    loan.settle(payer, {line: amount for line, amount in loan.paid[payer].items() if line[0] != AS_STATED})
    moves(loan, {**data, "id": data["payment"]}, 1)
    pay_anew(loan, data)


def refunded(loan, _event, data):
    moves(loan, {**data, "id": data["payment"], "refunds": True}, 1)
    pay_anew(loan, data)


def signed(loan, event, data):
    """What it takes in leaves its dues and becomes the plan's rows and the waiver; one before gives way first. A pause
    takes nothing in: what it holds is owed as before, and dates are no posting."""
    pay_anew(loan, data)
    start, asked = len(loan.entry), dict(loan.asked)
    if replaced := data["replaces"]:
        end_plan(loan, replaced["agreement"], amounts_of(replaced["vested"]), amounts_of(replaced["claw_back"]))
    ref, offer = data["agreement"], data["offer"]
    takes_in = offer["kind"] != "pause"
    rows = {f"plan:{ref}:{row['no']}": owed_already(row) for row in data["schedule"]} if takes_in else {}
    taken = taken_of(data["taken_in"]) if takes_in else []
    stays = offer["covers"] != "overdue" and offer["kind"] != "settlement"
    plan = {"rows": rows, "taken": taken, "waived": amounts_of(data["waived"]), "stays": stays, "counted": {}}
    loan.plans[ref] = plan
    loan.agreed[event["proposal"]] = ref
    for key, component, amount in taken:
        loan.claim(key, component, -amount)
    for key, owed in rows.items():
        for component, amount in owed.items():
            loan.add(PLAN_NOT_DUE, amount, key, component)
    for component in COMPONENTS if taken else ():
        loan.add(CONTINGENT, plan["waived"].get(component, NOTHING), ref, component)
        loan.add(NOT_CHARGED, not_charged(plan, component), ref, component)
    recount(loan, ref, data)
    plan["begun"] = loan.entry[start:], changed_between(asked, loan.asked)


def not_charged(plan, component):
    """What a plan that broke would cost beyond the contract is in no plan after it."""
    asked = sum((row.get(component, NOTHING) for row in plan["rows"].values()), NOTHING)
    taken = sum((amount for _, name, amount in plan["taken"] if name == component), NOTHING)
    rest = taken - asked - plan["waived"].get(component, NOTHING)
    if rest < 0:
        raise Wrong(f"the plan asks for {-rest} more {component} than it takes in")
    return rest


def taken_of(told):
    return [(line["due"], name, amount) for line in told for name, amount in amounts_of(line).items()]


def owed_already(row):
    """A row of a plan without the interest that the plan itself asks for, which is none until the row falls due."""
    owed = defaultdict(Decimal, amounts_of(row["components"]))
    owed["interest"] -= Decimal(row["plan_interest"])
    return owed


def end_plan(loan, ref, vested, claw_back):
    """What was waived and is not final is owed again. A plan beside the contract gives back, and asks for no interest
    of its own that was not paid; one in the contract's place stays."""
    plan, start, asked = loan.plans[ref], len(loan.entry), dict(loan.asked)
    if plan["stays"]:
        for component, amount in claw_back.items():
            loan.asked[f"plan:{ref}:waiver", component] = amount
            loan.claim(f"plan:{ref}:waiver", component, amount)
            loan.add(CONTINGENT, -amount, ref, component)
        let_go(loan, ref, vested)
    else:
        give_back(loan, ref)
        waive(loan, ref, vested, 1)
    plan["vested"] = vested
    plan["ended"] = loan.entry[start:], changed_between(asked, loan.asked)


def give_back(loan, ref):
    """What it took in is owed again where it was, and its rows are no more."""
    plan = loan.plans[ref]
    for (account, key, component), value in list(loan.balances.items()):
        if key.startswith(f"plan:{ref}:") or (account in (COUNTED, NOT_CHARGED) and key == ref):
            loan.add(account, -value, key, component)
    for key, component in [each for each in loan.asked if each[0].startswith(f"plan:{ref}:")]:
        more = loan.asked.pop((key, component)) - plan["rows"][key].get(component, NOTHING)
        loan.add(income_of(component), more)
    for component, amount in plan["waived"].items():
        loan.add(CONTINGENT, -amount, ref, component)
    for key, component, amount in plan["taken"]:
        loan.claim(key, component, amount)


def changed_between(before, after):
    return {key: (before.get(key), after.get(key)) for key in {**before, **after} if before.get(key) != after.get(key)}


def waive(loan, ref, final, sign):
    """So much of what it took in is waived for good, the oldest first."""
    left = defaultdict(Decimal, final)
    for key, component, amount in loan.plans[ref]["taken"]:
        part = min(amount, left[component])
        left[component] -= part
        loan.claim(key, component, -sign * part)
        loan.add(WAIVED, sign * part, ref, component)


def now_final(loan, ref, final):
    """What was told late made a plan that had ended better kept than it was, or worse."""
    plan = loan.plans[ref]
    if "ended" not in plan:
        return
    lines, asked = plan["ended"]
    start = len(loan.entry)
    if not plan["stays"]:
        waive(loan, ref, plan["vested"], -1)
        waive(loan, ref, final, 1)
    else:
        for component in {*final, *plan["vested"]}:
            more = final.get(component, NOTHING) - plan["vested"].get(component, NOTHING)
            key = f"plan:{ref}:waiver", component
            loan.asked[key] = loan.asked.get(key, NOTHING) - more
            loan.claim(*key, -more)
            loan.add(WAIVED, more, ref, component)
    plan["vested"], plan["ended"] = final, (lines + loan.entry[start:], asked)


def let_go(loan, ref, final):
    for component, amount in final.items():
        loan.add(CONTINGENT, -amount, ref, component)
        loan.add(WAIVED, amount, ref, component)


def undone(loan, event, data, what):
    """As if that had never been posted; then each payment pays what it is told to pay."""
    ref = loan.agreed[event["proposal"]]
    plan = loan.plans[ref]
    for payer, paid in list(loan.paid.items()):
        loan.settle(payer, {line: amount for line, amount in paid.items() if not line[0].startswith(f"plan:{ref}:")})
    for lines, asked in [plan.pop(what)] if what in plan else []:
        loan.undo(lines)
        for key, (before, after) in asked.items():
            loan.asked[key] = loan.asked.get(key, NOTHING) + (before or NOTHING) - (after or NOTHING)
            if before is None and not loan.asked[key]:
                del loan.asked[key]
    recount(loan, ref, data)
    pay_anew(loan, data)


def broken(loan, event, data):
    pay_anew(loan, data)
    recount(loan, loan.agreed[event["proposal"]], data)
    end_plan(loan, loan.agreed[event["proposal"]], amounts_of(data["vested"]), amounts_of(data["claw_back"]))


def completed(loan, event, data):
    """What was waived is final."""
    pay_anew(loan, data)
    recount(loan, loan.agreed[event["proposal"]], data)
    ref, start = loan.agreed[event["proposal"]], len(loan.entry)
    plan = loan.plans[ref]
    let_go(loan, ref, plan["waived"])
    plan["final"] = loan.entry[start:], {}


def differs(loan, _event, data):
    recount(loan, data["agreement"], data)


def recount(loan, ref, data):
    """Less was owed than was signed: so much less was taken in, and as much counts as paid on the plan's first rows, in
    their order of components. Where that is another than the money's the difference stands apart."""
    if "took" not in data:
        return
    plan, took, counted = loan.plans[ref], taken_of(data["took"]), lines_of(data["counted"])
    returned = [(key, component, amount) for key, component, amount in plan["taken"]]
    returned += [(key, component, -amount) for key, component, amount in took]
    returned += [(*line, amount) for line, amount in plan["counted"].items()]
    returned += [(*line, -amount) for line, amount in counted.items()]
    for key, component, amount in returned:
        loan.claim(key, component, amount)
        loan.add(COUNTED, -amount, ref, component)
    plan |= {"taken": took, "counted": counted}
    for key, component in sorted({each[:2] for each in returned}):
        loan.accrue(key, component)
