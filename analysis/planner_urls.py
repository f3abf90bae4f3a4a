"""Addresses of the planner, below /planning/."""

from django.urls import path

from analysis import planner_views

urlpatterns = [
    path("", planner_views.planner, name="planner"),
    path("simulate/", planner_views.simulate, name="planner-simulate"),
    path("chart.svg", planner_views.chart, name="planner-chart"),
]
