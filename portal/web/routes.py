"""The sitemap and the permission map: every address, its audience, and the handler behind it."""

from starlette.routing import Route

from portal.web import design, help, metrics
from portal.web.api import booking, events, jobs, openapi, portfolio
from portal.web.api import holds as api_holds
from portal.web.api import invitations as api_invitations
from portal.web.api.requests import for_any_system, for_api
from portal.web.borrower import (
    account,
    afford,
    code,
    data,
    invitations,
    leaving,
    loans,
    pay,
    plan,
    proposals,
    prove,
    sign_in,
    signing,
    together,
)
from portal.web.borrower import complaints as problems
from portal.web.desk import account as desk_account
from portal.web.desk import (
    cases,
    counter,
    holds,
    imports,
    number,
    openings,
    payments,
    policy,
    queue,
    review,
    second_factor,
    staff,
)
from portal.web.desk import complaints as desk_problems
from portal.web.desk import sign_in as desk_sign_in
from portal.web.guard import for_anyone, for_borrower, for_staff
from portal.web.refused_sign_ins import noting

_BOOKS = ("approver", "admin")
"""Who sends files; a file says something of every loan at once, and agents work on one case at a time."""

GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]

routes = [
    Route("/", for_anyone(help.home), name="home"),
    Route("/language", for_anyone(help.choose_language), methods=POST, name="language"),
    Route("/privacy", for_anyone(help.privacy), name="privacy"),
    Route("/help/away", for_anyone(help.away), name="away"),
    Route("/help/design", for_anyone(design.design), name="design"),
    Route("/help/{topic}", for_anyone(help.topic), name="help"),
    Route("/healthz", for_anyone(help.healthz), name="healthz"),
    Route("/readyz", for_anyone(help.readyz), name="readyz"),
    Route("/metrics", for_anyone(metrics.metrics_page), name="metrics"),
    # invitations
    Route(
        "/i/{token}", for_anyone(noting(invitations.invitation_page, "link-refused")), methods=BOTH, name="invitation"
    ),
    Route(
        "/i/{token}/consent", for_anyone(noting(invitations.give_consent, "link-refused")), methods=BOTH, name="consent"
    ),
    Route("/i/{token}/not-me", for_anyone(noting(invitations.not_me, "link-refused")), methods=BOTH, name="not_me"),
    Route("/sign-in", for_anyone(noting(sign_in.sign_in, "sign-in-refused", "phone")), methods=BOTH, name="sign_in"),
    Route("/sign-in/code", for_anyone(noting(code.ask, "code-refused", "phone")), methods=BOTH, name="code_ask"),
    Route("/sign-in/code/enter", for_anyone(noting(code.enter_code, "code-refused")), methods=BOTH, name="code_enter"),
    Route("/sign-in/help", for_anyone(sign_in.help), name="sign_in_help"),
    Route("/sign-out", for_anyone(sign_in.sign_out), methods=POST, name="sign_out"),
    # the borrower
    Route("/loans", for_borrower(loans.loans), name="loans"),
    Route("/loans/{ref}", for_borrower(loans.overview), name="loan"),
    Route("/loans/{ref}/penalties", for_borrower(loans.penalties), name="penalties"),
    Route("/loans/{ref}/why", for_borrower(loans.loan_why), name="why"),
    Route("/loans/{ref}/ahead", for_borrower(loans.ahead), name="ahead"),
    Route("/loans/{ref}/day", for_borrower(loans.day), name="day"),
    Route("/loans/{ref}/terms", for_borrower(loans.terms), name="terms"),
    Route("/loans/{ref}/pay", for_borrower(pay.pay), methods=BOTH, name="pay"),
    Route("/loans/{ref}/pay/{claim}/withdraw", for_borrower(pay.withdraw), methods=POST, name="claim_withdraw"),
    Route("/loans/{ref}/plan", for_borrower(plan.plan), methods=BOTH, name="plan"),
    Route("/loans/{ref}/plan/draft", for_borrower(plan.save_draft), methods=POST, name="draft"),
    Route("/loans/{ref}/plan/afford", for_borrower(afford.afford), methods=BOTH, name="afford"),
    Route("/together/{lender}", for_borrower(together.together), methods=BOTH, name="together"),
    Route("/loans/{ref}/problem", for_borrower(problems.new_complaint), methods=BOTH, name="tell_problem"),
    Route("/loans/{ref}/hold", for_borrower(problems.hold_page), methods=POST, name="hold"),
    Route("/problems/{ref}", for_borrower(problems.complaint_page), name="problem"),
    Route("/problems/{ref}/{move}", for_borrower(problems.move_complaint), methods=POST, name="problem_move"),
    Route("/proposals/{ref}", for_borrower(proposals.proposal_page), name="proposal"),
    Route("/proposals/{ref}/why", for_borrower(proposals.proposal_why), name="plan_why"),
    Route("/proposals/{ref}/sign", for_borrower(signing.sign), methods=BOTH, name="sign"),
    Route("/proposals/{ref}/letter", for_borrower(signing.letter), name="letter"),
    Route("/proposals/{ref}/{move}", for_borrower(proposals.move_proposal), methods=POST, name="proposal_move"),
    Route("/agreements/{ref}", for_borrower(signing.agreement), name="agreement"),
    Route("/agreements/{ref}/file", for_borrower(signing.agreement_file), name="agreement_file"),
    Route("/account", for_borrower(account.account_page), name="account"),
    Route("/account/sessions/{ref}", for_borrower(account.end_sessions), methods=POST, name="session_end"),
    Route("/account/password", for_borrower(account.change_password, fresh="password"), methods=BOTH, name="password"),
    Route("/account/number-read", for_borrower(account.number_read), methods=POST, name="number_read"),
    Route("/account/reached", for_borrower(account.change_channel), methods=BOTH, name="reached"),
    Route("/account/display", for_borrower(account.display), methods=POST, name="display"),
    Route("/account/data", for_borrower(data.data), name="data"),
    Route("/account/data.json", for_borrower(data.copy, fresh="data"), name="data_copy"),
    Route("/account/lock", for_borrower(prove.lock, locked=True), methods=POST, name="lock"),
    Route(
        "/account/prove",
        for_borrower(noting(prove.reauthenticate, "proof-refused"), locked=True),
        methods=BOTH,
        name="prove",
    ),
    Route(
        "/account/consent/{lender}", for_borrower(leaving.withdraw_consent_page), methods=BOTH, name="withdraw_consent"
    ),
    Route("/account/close", for_borrower(leaving.close, fresh="close"), methods=BOTH, name="close"),
    # the lender's staff
    Route(
        "/desk/sign-in",
        for_anyone(noting(desk_sign_in.staff_sign_in, "sign-in-refused", "email")),
        methods=BOTH,
        name="desk_sign_in",
    ),
    Route("/desk/sign-in/code", for_anyone(second_factor.code), methods=BOTH, name="desk_code"),
    Route("/desk/sign-in/set-up", for_anyone(second_factor.set_up), methods=BOTH, name="desk_set_up"),
    Route(
        "/desk/activate/{token}",
        for_anyone(noting(desk_sign_in.activate_staff, "activation-refused")),
        methods=BOTH,
        name="desk_activate",
    ),
    Route("/desk/sign-out", for_staff(desk_sign_in.staff_sign_out), methods=POST, name="desk_sign_out"),
    Route("/desk", for_staff(queue.proposal_queue_page), name="desk"),
    Route("/desk/proposals/{ref}", for_staff(review.review_page), name="desk_proposal"),
    Route("/desk/proposals/{ref}/why", for_staff(review.review_why), name="desk_plan_why"),
    Route("/desk/proposals/{ref}/counter", for_staff(counter.counter_page), methods=BOTH, name="desk_counter"),
    Route("/desk/proposals/{ref}/waiver/{answer}", for_staff(review.second), methods=POST, name="desk_waiver"),
    Route("/desk/proposals/{ref}/pause", for_staff(review.pause), methods=POST, name="desk_pause"),
    Route("/desk/proposals/{ref}/{move}", for_staff(review.answer_proposal), methods=POST, name="desk_move"),
    Route("/desk/loans", for_staff(cases.find), name="desk_loans"),
    Route("/desk/loans/{ref}", for_staff(cases.loan), name="desk_loan"),
    Route("/desk/loans/{ref}/why", for_staff(cases.desk_loan_why), name="desk_why"),
    Route("/desk/loans/{ref}/open", for_staff(cases.open_personal), methods=POST, name="desk_open"),
    Route("/desk/loans/{ref}/number", for_staff(number.change_number), methods=BOTH, name="desk_number"),
    Route("/desk/loans/{ref}/hold/{move}", for_staff(holds.end_hold_page), methods=POST, name="desk_hold"),
    Route("/desk/problems", for_staff(desk_problems.complaint_queue_page), name="desk_problems"),
    Route("/desk/problems/{ref}", for_staff(desk_problems.desk_complaint), name="desk_problem"),
    Route(
        "/desk/problems/{ref}/{move}", for_staff(desk_problems.answer_complaint), methods=POST, name="desk_problem_move"
    ),
    Route("/desk/payments", for_staff(payments.claims_page), name="desk_payments"),
    Route("/desk/payments/{ref}", for_staff(payments.payment), name="desk_payment"),
    Route("/desk/payments/{ref}/{move}", for_staff(payments.move_claim), methods=POST, name="desk_payment_move"),
    Route("/desk/imports", for_staff(imports.imports, *_BOOKS, upload=True), methods=BOTH, name="desk_imports"),
    Route("/desk/imports/{ref}", for_staff(imports.one, *_BOOKS), name="desk_import"),
    Route("/desk/imports/{ref}/refused.csv", for_staff(imports.refused_rows, *_BOOKS), name="desk_import_refused"),
    Route("/desk/policy", for_staff(policy.policy_page), name="desk_policy"),
    Route("/desk/openings", for_staff(openings.openings_page, "admin"), name="desk_openings"),
    Route("/desk/staff", for_staff(staff.staff_list, "admin"), name="desk_staff"),
    Route("/desk/staff/{ref}/role", for_staff(staff.role, "admin"), methods=BOTH, name="desk_staff_role"),
    Route("/desk/staff/{ref}/end", for_staff(staff.end_staff_page, "admin"), methods=BOTH, name="desk_staff_end"),
    Route("/desk/account", for_staff(desk_account.staff_account), name="desk_account"),
    Route(
        "/desk/account/password",
        for_staff(noting(desk_account.change_staff_password, "proof-refused")),
        methods=BOTH,
        name="desk_password",
    ),
    Route(
        "/desk/account/sessions/{ref}",
        for_staff(desk_account.end_staff_sessions),
        methods=POST,
        name="desk_session_end",
    ),
    Route(
        "/desk/account/recovery",
        for_staff(noting(desk_account.recovery, "proof-refused")),
        methods=BOTH,
        name="desk_recovery",
    ),
    Route(
        "/desk/account/device",
        for_staff(noting(desk_account.change_second_factor, "proof-refused")),
        methods=BOTH,
        name="desk_device",
    ),
    # the lender's own systems
    Route(
        "/api/v1/portfolio",
        for_api("portfolio", portfolio.post_portfolio, "dry_run", "skip_bad"),
        methods=POST,
        name="api_portfolio",
    ),
    Route("/api/v1/payments", for_api("payments", portfolio.post_payments), methods=POST, name="api_payments"),
    Route(
        "/api/v1/invitations",
        for_api("invitations", api_invitations.post_invitations),
        methods=POST,
        name="api_invitations",
    ),
    Route("/api/v1/jobs/{ref}", for_api(None, jobs.get_job), name="api_job"),
    Route("/api/v1/events", for_api("events", events.events, "after", "limit"), name="api_events"),
    Route("/api/v1/agreements/{ref}/booking", for_api("booking", booking.booking), methods=POST, name="api_booking"),
    Route("/api/v1/holds/{ref}", for_api("contact", api_holds.answer_hold), methods=POST, name="api_hold"),
    Route("/api/v1/openapi.json", for_any_system(openapi.openapi), name="openapi"),
]
