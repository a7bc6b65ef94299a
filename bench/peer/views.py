"""The two pages: who is signed in by Django's session, the rows by its ORM, the page by its templates."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from bench.peer.figures import Figures, figures
from bench.peer.models import Contract

PARTS = ("principal", "interest", "penalty", "fees", "costs")


@never_cache
@login_required
def loans(request: HttpRequest) -> HttpResponse:
    found = [figures(each, _today(each)) for each in _contracts(request)]
    found.sort(key=lambda each: (-each.now.days_past_due, each.contract.loan_no))
    late = [each for each in found if each.now.overdue.total]
    values = {"loans": found, "late": late, "together": sum(each.now.overdue.total for each in late)}
    values["lenders"] = sorted({each.contract.lender.name for each in found})
    return render(request, "loans.html", values | {"here": "loans"})


@never_cache
@login_required
def loan(request: HttpRequest, ref: str) -> HttpResponse:
    contract = get_object_or_404(_contracts(request), ref=ref)
    each = figures(contract, _today(contract))
    return render(request, "loan.html", _values(each) | {"here": "loans"})


def _contracts(request: HttpRequest):
    return request.user.contracts.select_related("lender").prefetch_related("installments", "payments")


def _today(contract: Contract) -> date:
    return datetime.now(ZoneInfo(contract.lender.timezone)).date()


def _values(each: Figures) -> dict[str, object]:
    now = each.now
    overdue = dict(now.overdue.items())
    layers, at = [], 0
    for name in PARTS:
        if overdue[name]:
            layers.append((name, at, overdue[name]))
            at += overdue[name]
    return {
        "each": each,
        "contract": each.contract,
        "lender": each.contract.lender,
        "now": now,
        "layers": layers,
        "late": now.overdue_installments,
        "rest": now.overdue.total - sum(row.overdue for row in now.overdue_installments),
        "rows": [row for row in now.installments if row.total],
        "payments": [
            (row, [part for part in row.allocated.items() if part[1]], row.credit) for row in now.payments[::-1]
        ],
        "pay_first": each.where.status == "in_grace",
    }
