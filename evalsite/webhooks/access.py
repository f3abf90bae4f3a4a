"""The one way from an address to an endpoint, for researchers and owners of its team."""

from django.http import Http404, HttpRequest

from evalsite.core.models import Role
from evalsite.core.teams import ROW_TEAM, visible
from evalsite.webhooks.models import Delivery, Endpoint


def endpoint_or_404(request: HttpRequest, code: str) -> Endpoint:
    """An endpoint of one of the teams in which the person is a researcher or an owner."""
    endpoint = visible(Endpoint.objects.all(), request.user, Role.RESEARCHER).filter(code=code).first()
    if endpoint is None:
        raise Http404
    setattr(request, ROW_TEAM, endpoint.team_id)
    return endpoint


def delivery_or_404(endpoint: Endpoint, code: str) -> Delivery:
    delivery = endpoint.deliveries.filter(code=code).first()
    if delivery is None:
        raise Http404
    return delivery
