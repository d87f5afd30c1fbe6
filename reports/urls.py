"""Pages that read what happened: the dashboard, the history, the integration report."""

from django.urls import path

from reports import views

app_name = "reports"

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("history/", views.history, name="history"),
    path("history/file/", views.history_file, name="history-file"),
    path("report/", views.pushed, name="pushed"),
    path("report/file/", views.pushed_file, name="pushed-file"),
    path("pairs/<str:module>/file/", views.pairs_file, name="pairs-file"),
]
