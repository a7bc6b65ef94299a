"""Amounts, days and codes as the portal's Chinese pages write them."""

from datetime import date

from django.template import Library
from django.utils.safestring import SafeString, mark_safe

register = Library()
NAMES = {"principal": "本金", "interest": "利息", "penalty": "罚息", "fees": "手续费", "costs": "实现债权的费用"}


@register.filter
def money(minor: int) -> str:
    whole, cents = divmod(minor, 100)
    return f"¥{whole:,}.{cents:02}"


@register.filter
def day(on: date) -> SafeString:
    return mark_safe(f'<time datetime="{on}">{on.year}年<wbr>{on.month}月{on.day}日</time>')


@register.filter
def part(name: str) -> str:
    return NAMES[name]
