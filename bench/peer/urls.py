from django.urls import path

from bench.peer import views

urlpatterns = [
    path("loans", views.loans, name="loans"),
    path("loans/<str:ref>", views.loan, name="loan"),
]
