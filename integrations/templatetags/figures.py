"""Numbers as people read them."""

from __future__ import annotations

from django import template

from mappings.counting import counted

register = template.Library()


@register.filter
def figure(number: int | float | None) -> str:
    """``1234567`` as "1,234,567"; nothing for None."""
    return "" if number is None else f"{number:,}"


@register.filter(name="counted")
def with_noun(number: int, nouns: str) -> str:
    """``1200|counted:"record"`` as "1,200 records"; ``"entry,entries"`` names the other form."""
    one, _, many = nouns.partition(",")
    return counted(number, one, many)
