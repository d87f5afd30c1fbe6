"""The addresses of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from zohosync import health

admin.autodiscover()

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("office/", include("integrations.urls")),
    path("office/", include("reports.urls")),
    path("hooks/", include("integrations.views.webhooks")),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

handler400 = "zohosync.failures.not_understood"
handler403 = "zohosync.failures.not_allowed"
handler404 = "zohosync.failures.not_found"
handler500 = "zohosync.failures.broken"
