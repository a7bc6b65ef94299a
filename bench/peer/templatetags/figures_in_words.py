"""Amounts, days and codes as the portal's Chinese pages write them."""

from datetime import date

from django.template import Library
from django.utils.safestring import SafeString, mark_safe

register = Library()
NAMES = {"principal": "本金", "interest": "利息", "penalty": "罚息", "fees": "手续费", "costs": "实现债权的费用"}


@register.filter
def money(minor: int) -> str:
    """In a sentence."""
    whole, cents = divmod(minor, 100)
    return f"{whole:,}.{cents:02}\N{NO-BREAK SPACE}元"


@register.filter
def figure(minor: int) -> str:
    """In a column."""
    whole, cents = divmod(minor, 100)
    return f"¥{whole:,}.{cents:02}"


@register.filter
def day(on: date) -> SafeString:
    return mark_safe(f'<time datetime="{on}">{on.year}年<wbr>{on.month}月{on.day}日</time>')


@register.filter
def near(on: date, today: date) -> SafeString:
    """Without its year, where it is this one."""
    return mark_safe(f'<time datetime="{on}">{on.month}月{on.day}日</time>') if on.year == today.year else day(on)


@register.filter
def due_day(on: date, today: date) -> SafeString:
    said = {0: "今天 ", 1: "明天 "}.get((on - today).days, "")
    return mark_safe(f"{said}{near(on, today)}")


@register.filter
def part(name: str) -> str:
    return NAMES[name]
