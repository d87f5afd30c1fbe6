"""Forms of the office's pages."""

from __future__ import annotations

from django import forms


class ReasonForm(forms.Form):
    """Why somebody does what cannot be undone; kept with the decision."""

    reason = forms.CharField(
        label="Why",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why; it is kept with the decision."},
    )


class OptionalReasonForm(ReasonForm):
    reason = forms.CharField(
        label="Why (may be left empty)",
        max_length=500,
        required=False,
        widget=forms.TextInput(),
    )


class PairForm(forms.Form):
    """The record on the other side that a person names as the partner."""

    target_id = forms.CharField(max_length=60)
