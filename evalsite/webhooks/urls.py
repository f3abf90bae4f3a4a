from django.urls import path

from evalsite.webhooks import views

urlpatterns = [
    path("", views.endpoint_list, name="webhooks"),
    path("new/", views.new_endpoint, name="webhook-new"),
    path("<slug:code>/", views.endpoint_page, name="webhook"),
    path("<slug:code>/edit/", views.edit_endpoint, name="webhook-edit"),
    path("<slug:code>/test/", views.send_test, name="webhook-test"),
    path("<slug:code>/secret/", views.rotate_secret, name="webhook-rotate"),
    path("<slug:code>/switch/", views.switch_endpoint, name="webhook-switch"),
    path("<slug:code>/delete/", views.delete_endpoint, name="webhook-delete"),
    path("<slug:code>/messages/<slug:message>/", views.delivery_page, name="webhook-delivery"),
    path("<slug:code>/messages/<slug:message>/resend/", views.resend, name="webhook-resend"),
]
