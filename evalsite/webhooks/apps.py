from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "evalsite.webhooks"
    label = "webhooks"
