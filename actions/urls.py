"""Addresses of the corrective actions: the board, the lead's desk, one action."""

from django.urls import path

from actions import views

app_name = "actions"

urlpatterns = [
    path("", views.board, name="board"),
    path("desk/", views.desk, name="desk"),
    path("<int:pk>/", views.action, name="action"),
    path("<int:pk>/status/", views.status, name="status"),
    path("<int:pk>/relaunch/", views.relaunch, name="relaunch"),
    path("<int:pk>/backlog/", views.accept_backlog, name="accept-backlog"),
]
