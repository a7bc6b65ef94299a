"""0014_a_queue_that_is_a_tool

Why   What the desk's queue is sorted, filtered and searched by: of a proposal whom it is assigned to, what
      it asks and which rule it breaks, of a borrower keyed hashes of name and last digits, of a loan
      whether the books differ, and why; who of the staff has a proposal open
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.indexes import Index

from portal.tables import operations as ops

NEVER = "'9999-01-01'"
ANSWER = "state IN ('submitted', 'under_review')"
BORROWER = "state IN ('accepted', 'countered', 'info_requested', 'offered')"
OPEN = "'accepted', 'agreed', 'countered', 'info_requested', 'offered', 'strained', 'submitted', 'under_review'"
HELD = f"assignee <> '' AND state IN ({OPEN})"

# One for each order that a page of the desk goes through by a cursor, of those rows alone that stand in it.
ORDERS = (
    ("proposal_by_clock", f"proposal (lender_id, COALESCE(decide_by, {NEVER}), id) WHERE {ANSWER}"),
    ("proposal_by_lateness", f"proposal (lender_id, COALESCE(overdue_since, {NEVER}), id) WHERE {ANSWER}"),
    ("proposal_by_overdue", f"proposal (lender_id, overdue_minor, id) WHERE {ANSWER}"),
    ("proposal_by_asked", f"proposal (lender_id, asked_minor, id) WHERE {ANSWER}"),
    ("proposal_with_borrower", f"proposal (lender_id, COALESCE(expires_on, {NEVER}), id) WHERE {BORROWER}"),
    ("proposal_to_book", f"proposal (lender_id, COALESCE(decide_by, {NEVER}), id) WHERE state = 'agreed'"),
    ("proposal_strained", f"proposal (lender_id, COALESCE(cure_by, {NEVER}), id) WHERE state = 'strained'"),
    (
        "proposal_assigned",
        f"proposal (lender_id, assignee, COALESCE(decide_by, expires_on, cure_by, {NEVER}), id) WHERE {HELD}",
    ),
    ("proposal_to_sum_up", f"proposal (lender_id, id) WHERE breaks IS NULL AND {ANSWER}"),
    ("proposal_products", f"proposal (lender_id, product) WHERE {ANSWER}"),
    ("approval_waiting", "approval (lender_id, until, id) WHERE outcome = ''"),
    ("problem_to_answer", "problem (lender_id, state, answer_by, id)"),
    ("loan_to_sum_up", "loan (lender_id, id) WHERE NOT books_summed_up"),
    ("loan_books_differ", "loan (lender_id, books_differ_on, id) WHERE books_differ_on IS NOT NULL"),
    ("loan_books_cause", "loan (lender_id, books_cause, books_differ_on, id) WHERE books_differ_on IS NOT NULL"),
)


class Migration(ops.Migration):
    dependencies = [("portal", "0013_told_threatened_and_on_paper")]

    initial = False

    operations = [
        ops.AddField(
            model_name="BorrowerRow",
            name="last4_hash",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="BorrowerRow",
            name="name_hash",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddIndex(
            model_name="BorrowerRow",
            index=Index(fields=["lender_id", "name_hash"], name="borrower_name"),
        ),
        ops.AddIndex(
            model_name="BorrowerRow",
            index=Index(fields=["lender_id", "last4_hash"], name="borrower_last4"),
        ),
        ops.AddField(
            model_name="LoanRow",
            name="books_differ_on",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="LoanRow",
            name="books_cause",
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.AddField(
            model_name="LoanRow",
            name="books_summed_up",
            field=fields.BooleanField(default=True, db_default=False),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="asked_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="assignee",
            field=fields.CharField(default="", db_default="", max_length=32),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="breaks",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="overdue_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="overdue_since",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="product",
            field=fields.CharField(default="", db_default="", max_length=200),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="rule",
            field=fields.CharField(default="", db_default="", max_length=40),
        ),
        ops.AddField(
            model_name="StaffRow",
            name="open_proposal",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="StaffRow",
            name="opened_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        *(ops.RunSQL(f"CREATE INDEX {name} ON {what}") for name, what in ORDERS),
        # Loan numbers in the order of their bytes, for whoever looks for one by how it begins; SQLite has them so.
        ops.RunOnPostgres('CREATE INDEX loan_by_number ON loan (lender_id, loan_no COLLATE "C")'),
    ]
