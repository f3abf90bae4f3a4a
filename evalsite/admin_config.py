"""Which admin site there is. Apart from the site itself, for apps are loaded before models are."""

from django.contrib.admin.apps import AdminConfig


class HouseAdminConfig(AdminConfig):
    default_site = "evalsite.admin.HouseAdmin"
