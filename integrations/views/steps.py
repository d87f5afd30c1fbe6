"""Setting a module up step by step: module, direction, duplicates, view, fields."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from formtools.wizard.views import SessionWizardView

from integrations import registry, trials
from integrations.models import FlowSetting
from integrations.setup_forms import (
    STEPS,
    DirectionForm,
    DuplicatesForm,
    FieldsForm,
    ModuleForm,
    ViewForm,
)
from integrations.views.ending import PREVIEW, finish
from integrations.views.frame import needs, page
from integrations.views.modules import setting_of
from integrations.words import module_name, organisation_words

FORMS = [
    ("module", ModuleForm),
    ("direction", DirectionForm),
    ("duplicates", DuplicatesForm),
    ("view", ViewForm),
    ("fields", FieldsForm),
]


def _has_options(wizard: Steps) -> bool:
    return bool(registry.flow(wizard.setting.flow).options)


class Steps(SessionWizardView):
    """The wizard; its answers wait in the session, which holds choices and no secret."""

    form_list = FORMS
    condition_dict = {"module": _has_options}
    setting: FlowSetting

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.setting = setting_of(kwargs["setting_id"])
        return super().dispatch(request, *args, **kwargs)

    def get_prefix(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        """One set of answers for each module."""
        return f"steps_{kwargs['setting_id']}"

    def get_form_kwargs(self, step: str | None = None) -> dict[str, Any]:
        given: dict[str, Any] = {"setting": self.setting}
        if step in {"view", "fields"} and _has_options(self):
            given["options"] = self.get_cleaned_data_for_step("module")
        return given

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        step = self.steps.current
        title = f"{module_name(self.setting.flow)}: {STEPS[step].lower()}"
        return page(
            self.request,
            "modules/steps.html",
            title,
            **{
                **context,
                "setting": self.setting,
                "words": [(name, STEPS[name]) for name in self.steps.all],
                "runs_already": trials.runs_already(self.setting),
                "organisation": organisation_words(self.setting.integration.ledger),
            },
        )

    def done(self, form_list: Any, **kwargs: Any) -> HttpResponse:
        choices: dict[str, str] = {}
        for form in form_list:
            choices |= form.choices()
        maps = kwargs["form_dict"]["fields"].maps()
        ending = self.request.POST.get("ending", PREVIEW)
        answer = finish(self.request, self.setting, choices, maps, ending)
        return answer or self.render(kwargs["form_dict"]["fields"])


_wizard = Steps.as_view()


@needs("integrations.change_flowsetting")
def steps(request: HttpRequest, setting_id: int) -> HttpResponse:
    """The step asked for by the last answer; opening the page anew begins at the first."""
    answer: HttpResponse = _wizard(request, setting_id=setting_id)
    return answer
