"""The application's addresses and the bare views that it is compared with."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from config import urls
from postmortems.models import ImpactMetric, Incident

handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)


def bare_read(request: HttpRequest, pk: str) -> HttpResponse:
    """One indexed row and a page of 30 kB around it."""
    return render(request, "bare.html", {"incident": Incident.objects.get(pk=pk)})


def bare_insert(request: HttpRequest, pk: str) -> HttpResponse:
    """One row, written as it comes."""
    ImpactMetric.objects.create(
        postmortem_id=pk, label=request.POST["label"], value=request.POST["value"], source=""
    )
    return redirect("/")


urlpatterns = [
    path("bench/read/<str:pk>/", bare_read),
    path("bench/insert/<str:pk>/", bare_insert),
    *urls.urlpatterns,
]
