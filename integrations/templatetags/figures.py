"""Numbers as people read them."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def figure(number: int | float | None) -> str:
    """``1234567`` as "1,234,567"; nothing for None."""
    return "" if number is None else f"{number:,}"
