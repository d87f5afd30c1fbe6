"""The back office's own pages, by subject; each module of `integrations.views` lists its own."""

from django.urls import include, path

app_name = "office"

urlpatterns = [
    path("connections/", include("integrations.views.connecting")),
    path("integrations/", include("integrations.views.integration")),
    path("modules/", include("integrations.views.setup")),
    path("fields/", include("integrations.views.field_map")),
    path("previews/", include("integrations.views.preview")),
    path("syncs/", include("integrations.views.syncs")),
    path("records/", include("integrations.views.records")),
    path("fetch/", include("integrations.views.fetch")),
    path("lists/", include("integrations.views.working")),
    path("attention/", include("integrations.views.attention")),
    path("duplicates/", include("integrations.views.duplicates")),
    path("both-sides/", include("integrations.views.conflicts")),
    path("both-sides/", include("integrations.views.second_looks")),
    path("elsewhere/", include("integrations.views.moved")),
    path("deleted/", include("integrations.views.deleted")),
    path("writing/", include("integrations.views.writing")),
]
