"""Pages that read what happened: the dashboard, the history, the integration report."""

from django.urls import URLPattern

app_name = "reports"

urlpatterns: list[URLPattern] = []
