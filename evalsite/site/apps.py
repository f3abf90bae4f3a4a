from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "evalsite.site"
