"""Addresses of the modules: their list, their pages, the ways of setting them up."""

from __future__ import annotations

from typing import Any

from django.urls import path

from integrations.views.modules import (
    interval,
    module,
    modules,
    pause,
    resume,
    start_preview,
    start_sync,
)
from integrations.views.recommended import recommended
from integrations.views.steps import steps
from integrations.views.writing_of import of_module

urlpatterns: list[Any] = [
    path("", modules, name="modules"),
    path("<int:setting_id>/", module, name="module"),
    path("<int:setting_id>/preview/", start_preview, name="module-preview"),
    path("<int:setting_id>/sync/", start_sync, name="module-sync"),
    path("<int:setting_id>/pause/", pause, name="module-pause"),
    path("<int:setting_id>/resume/", resume, name="module-resume"),
    path("<int:setting_id>/interval/", interval, name="module-interval"),
    path("<int:setting_id>/writing/", of_module, name="module-writing"),
    path("<int:setting_id>/recommended/", recommended, name="module-recommended"),
    path("<int:setting_id>/steps/", steps, name="module-steps"),
]
