"""The sitemap and the permission map: every address, its audience, and the handler behind it."""

from functools import partial

from starlette.routing import Route

from portal.actions.policies import SETTERS
from portal.web import demo_cashier, design, help, metrics
from portal.web import papers as public_papers
from portal.web.api import booking, events, jobs, openapi, portfolio
from portal.web.api import holds as api_holds
from portal.web.api import invitations as api_invitations
from portal.web.api import loans as loans_api
from portal.web.api import test_clock as api_test_clock
from portal.web.api.requests import for_any_system, for_api
from portal.web.borrower import (
    account,
    afford,
    code,
    data,
    dates,
    invitations,
    leaving,
    loans,
    next_payment,
    papers,
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
    offering,
    openings,
    payments,
    policy,
    policy_new,
    policy_review,
    queue,
    review,
    second,
    second_factor,
    staff,
)
from portal.web.desk import complaints as desk_problems
from portal.web.desk import sign_in as desk_sign_in
from portal.web.guard import for_anyone, for_borrower, for_staff
from portal.web.refused_sign_ins import noting

_BOOKS = ("approver", "admin")
"""Who sends files; a file says something of every loan at once, and agents work on one case at a time."""

get, post, both = (partial(Route, methods=methods) for methods in (["GET"], ["POST"], ["GET", "POST"]))

routes = [
    get("/", for_anyone(help.home), name="home"),
    post("/language", for_anyone(help.choose_language), name="language"),
    get("/privacy", for_anyone(help.privacy), name="privacy"),
    both("/check", for_anyone(noting(public_papers.check_paper, "check-refused")), name="check"),
    get("/help/away", for_anyone(help.away), name="away"),
    get("/help/design", for_anyone(design.design), name="design"),
    get("/help/{topic}", for_anyone(help.topic), name="help"),
    get("/demo/cashier", for_anyone(demo_cashier.demo_cashier), name="demo_cashier"),
    get("/healthz", for_anyone(help.healthz), name="healthz"),
    get("/readyz", for_anyone(help.readyz), name="readyz"),
    get("/metrics", for_anyone(metrics.metrics_page), name="metrics"),
    # invitations
    both("/i/{token}", for_anyone(noting(invitations.invitation_page, "link-refused")), name="invitation"),
    both("/i/{token}/consent", for_anyone(noting(invitations.give_consent, "link-refused")), name="consent"),
    both("/i/{token}/not-me", for_anyone(noting(invitations.not_me, "link-refused")), name="not_me"),
    both("/sign-in", for_anyone(noting(sign_in.sign_in, "sign-in-refused", "phone")), name="sign_in"),
    both("/sign-in/code", for_anyone(noting(code.ask, "code-refused", "phone")), name="code_ask"),
    both("/sign-in/code/enter", for_anyone(noting(code.enter_code, "code-refused")), name="code_enter"),
    get("/sign-in/help", for_anyone(sign_in.help), name="sign_in_help"),
    post("/sign-out", for_anyone(sign_in.sign_out), name="sign_out"),
    # the borrower
    get("/loans", for_borrower(loans.loans), name="loans"),
    get("/loans/{ref}", for_borrower(loans.overview), name="loan"),
    get("/loans/{ref}/penalties", for_borrower(loans.penalties), name="penalties"),
    get("/loans/{ref}/why", for_borrower(loans.loan_why), name="why"),
    get("/loans/{ref}/ahead", for_borrower(loans.ahead), name="ahead"),
    get("/loans/{ref}/dates.ics", for_borrower(dates.loan_dates), name="loan_dates"),
    get("/loans/{ref}/day", for_borrower(loans.day), name="day"),
    get("/loans/{ref}/letter", for_borrower(papers.paid_up_letter), name="paid_up_letter"),
    get("/loans/{ref}/terms", for_borrower(loans.terms), name="terms"),
    both("/loans/{ref}/pay", for_borrower(pay.pay), name="pay"),
    get("/loans/{ref}/pay/back", for_borrower(pay.pay_back), name="pay_back"),
    get("/loans/{ref}/pay/square", for_borrower(pay.pay_square), name="pay_square"),
    post("/loans/{ref}/pay/{claim}/withdraw", for_borrower(pay.withdraw), name="claim_withdraw"),
    both("/loans/{ref}/plan", for_borrower(plan.plan), name="plan"),
    both("/loans/{ref}/next", for_borrower(next_payment.next_payment), name="next_payment"),
    post("/loans/{ref}/plan/draft", for_borrower(plan.save_draft), name="draft"),
    both("/loans/{ref}/plan/afford", for_borrower(afford.afford), name="afford"),
    both("/together/{lender}", for_borrower(together.together), name="together"),
    both("/loans/{ref}/problem", for_borrower(problems.new_complaint), name="tell_problem"),
    post("/loans/{ref}/hold", for_borrower(problems.hold_page), name="hold"),
    get("/problems/{ref}", for_borrower(problems.complaint_page), name="problem"),
    post("/problems/{ref}/{move}", for_borrower(problems.move_complaint), name="problem_move"),
    get("/proposals/{ref}", for_borrower(proposals.proposal_page), name="proposal"),
    get("/proposals/{ref}/why", for_borrower(proposals.proposal_why), name="plan_why"),
    both("/proposals/{ref}/sign", for_borrower(signing.sign), name="sign"),
    get("/proposals/{ref}/letter", for_borrower(papers.letter), name="letter"),
    post("/proposals/{ref}/{move}", for_borrower(proposals.move_proposal), name="proposal_move"),
    get("/agreements/{ref}", for_borrower(papers.agreement), name="agreement"),
    get("/agreements/{ref}/file", for_borrower(papers.agreement_file), name="agreement_file"),
    get("/agreements/{ref}/print", for_borrower(papers.agreement_print), name="agreement_print"),
    get("/account", for_borrower(account.account_page), name="account"),
    post("/account/sessions/{ref}", for_borrower(account.end_sessions), name="session_end"),
    both("/account/password", for_borrower(account.change_password, fresh="password"), name="password"),
    post("/account/number-read", for_borrower(account.number_read), name="number_read"),
    both("/account/reached", for_borrower(account.change_channel), name="reached"),
    post("/account/messages", for_borrower(account.choose_told), name="messages"),
    post("/account/display", for_borrower(account.display), name="display"),
    get("/account/data", for_borrower(data.data), name="data"),
    get("/account/data.json", for_borrower(data.copy, fresh="data"), name="data_copy"),
    post("/account/switch", for_borrower(sign_in.switch, locked=True), name="switch"),
    post("/account/lock", for_borrower(prove.lock, locked=True), name="lock"),
    both("/account/prove", for_borrower(noting(prove.reauthenticate, "proof-refused"), locked=True), name="prove"),
    both("/account/consent/{lender}", for_borrower(leaving.withdraw_consent_page), name="withdraw_consent"),
    both("/account/close", for_borrower(leaving.close, fresh="close"), name="close"),
    # the lender's staff
    both(
        "/desk/sign-in", for_anyone(noting(desk_sign_in.staff_sign_in, "sign-in-refused", "email")), name="desk_sign_in"
    ),
    both("/desk/sign-in/code", for_anyone(second_factor.code), name="desk_code"),
    both("/desk/sign-in/set-up", for_anyone(second_factor.set_up), name="desk_set_up"),
    both(
        "/desk/activate/{token}",
        for_anyone(noting(desk_sign_in.activate_staff, "activation-refused")),
        name="desk_activate",
    ),
    post("/desk/sign-out", for_staff(desk_sign_in.staff_sign_out), name="desk_sign_out"),
    get("/desk", for_staff(queue.proposal_queue_page), name="desk"),
    get("/desk/second", for_staff(second.second_page), name="desk_second"),
    get("/desk/proposals/{ref}", for_staff(review.review_page), name="desk_proposal"),
    get("/desk/proposals/{ref}/why", for_staff(review.review_why), name="desk_plan_why"),
    both("/desk/proposals/{ref}/counter", for_staff(counter.counter_page), name="desk_counter"),
    post("/desk/proposals/{ref}/waiver/{answer}", for_staff(review.second), name="desk_waiver"),
    post("/desk/proposals/{ref}/nearest", for_staff(review.send_nearest), name="desk_nearest"),
    post("/desk/proposals/{ref}/pause", for_staff(review.pause), name="desk_pause"),
    post("/desk/proposals/{ref}/assign", for_staff(review.assign_proposal), name="desk_assign"),
    post("/desk/proposals/{ref}/{move}", for_staff(review.answer_proposal), name="desk_move"),
    get("/desk/loans", for_staff(cases.find), name="desk_loans"),
    get("/desk/loans/{ref}", for_staff(cases.loan), name="desk_loan"),
    get("/desk/loans/{ref}/why", for_staff(cases.desk_loan_why), name="desk_why"),
    post("/desk/loans/{ref}/open", for_staff(cases.open_personal), name="desk_open"),
    post("/desk/loans/{ref}/note", for_staff(cases.note), name="desk_note"),
    post("/desk/loans/{ref}/link", for_staff(cases.link_again), name="desk_link"),
    both("/desk/loans/{ref}/number", for_staff(number.change_number), name="desk_number"),
    both("/desk/loans/{ref}/offer", for_staff(offering.desk_offer), name="desk_offer"),
    post("/desk/loans/{ref}/offer/{answer}", for_staff(offering.answer_offer), name="desk_offer_answer"),
    post("/desk/loans/{ref}/hold/{move}", for_staff(holds.end_hold_page), name="desk_hold"),
    get("/desk/problems", for_staff(desk_problems.complaint_queue_page), name="desk_problems"),
    get("/desk/problems/{ref}", for_staff(desk_problems.desk_complaint), name="desk_problem"),
    post("/desk/problems/{ref}/{move}", for_staff(desk_problems.answer_complaint), name="desk_problem_move"),
    get("/desk/payments", for_staff(payments.claims_page), name="desk_payments"),
    get("/desk/payments/{ref}", for_staff(payments.payment), name="desk_payment"),
    post("/desk/payments/{ref}/{move}", for_staff(payments.move_claim), name="desk_payment_move"),
    both("/desk/imports", for_staff(imports.imports, *_BOOKS, upload=True), name="desk_imports"),
    get("/desk/imports/{ref}", for_staff(imports.one, *_BOOKS), name="desk_import"),
    get("/desk/imports/{ref}/refused.csv", for_staff(imports.refused_rows, *_BOOKS), name="desk_import_refused"),
    get("/desk/policy", for_staff(policy.policy_page), name="desk_policy"),
    get("/desk/policy/versions/{version}", for_staff(policy.policy_file), name="desk_policy_file"),
    both("/desk/policy/new", for_staff(policy_new.new_policy, *SETTERS, upload=True), name="desk_policy_new"),
    post("/desk/policy/again/{version}", for_staff(policy_new.earlier_policy, *SETTERS), name="desk_policy_again"),
    both("/desk/policy/waits", for_staff(policy_review.waiting_policy, *SETTERS), name="desk_policy_waits"),
    get("/desk/openings", for_staff(openings.openings_page, "admin"), name="desk_openings"),
    both("/desk/staff", for_staff(staff.invite_staff, "admin"), name="desk_staff"),
    post("/desk/staff/{ref}/link", for_staff(staff.link_for_colleague, "admin"), name="desk_staff_link"),
    post("/desk/staff/{ref}/sign-out", for_staff(staff.sign_out_colleague, "admin"), name="desk_staff_sign_out"),
    both("/desk/staff/{ref}/role", for_staff(staff.role, "admin"), name="desk_staff_role"),
    both("/desk/staff/{ref}/end", for_staff(staff.end_staff_page, "admin"), name="desk_staff_end"),
    get("/desk/account", for_staff(desk_account.staff_account), name="desk_account"),
    both(
        "/desk/account/password",
        for_staff(noting(desk_account.change_staff_password, "proof-refused")),
        name="desk_password",
    ),
    post("/desk/account/sessions/{ref}", for_staff(desk_account.end_staff_sessions), name="desk_session_end"),
    both("/desk/account/recovery", for_staff(noting(desk_account.recovery, "proof-refused")), name="desk_recovery"),
    both(
        "/desk/account/device",
        for_staff(noting(desk_account.change_second_factor, "proof-refused")),
        name="desk_device",
    ),
    # the lender's own systems
    post(
        "/api/v1/portfolio",
        for_api("portfolio", portfolio.post_portfolio, "dry_run", "skip_bad", "complete"),
        name="api_portfolio",
    ),
    post("/api/v1/payments", for_api("payments", portfolio.post_payments, "skip_bad"), name="api_payments"),
    post("/api/v1/invitations", for_api("invitations", api_invitations.post_invitations), name="api_invitations"),
    get("/api/v1/jobs/{ref}", for_api(None, jobs.get_job), name="api_job"),
    get("/api/v1/loans/{loan_no}", for_api("portfolio", loans_api.get_loan, "as_of"), name="api_loan"),
    get(
        "/api/v1/loans/{loan_no}/position",
        for_api("portfolio", loans_api.get_position, "as_of", "books"),
        name="api_position",
    ),
    get("/api/v1/loans/{loan_no}/payoff", for_api("portfolio", loans_api.get_payoff, "as_of"), name="api_payoff"),
    get("/api/v1/events", for_api("events", events.events, "after", "limit"), name="api_events"),
    post("/api/v1/agreements/{ref}/booking", for_api("booking", booking.booking), name="api_booking"),
    post("/api/v1/holds/{ref}", for_api("contact", api_holds.answer_hold), name="api_hold"),
    get("/api/v1/test/clock", for_api(None, api_test_clock.get_clock), name="api_test_clock"),
    post("/api/v1/test/clock", for_api(None, api_test_clock.post_clock), name="api_test_clock_set"),
    get("/api/v1/test/messages", for_api(None, api_test_clock.get_messages, "limit"), name="api_test_messages"),
    get("/api/v1/openapi.json", for_any_system(openapi.openapi), name="openapi"),
]
