"""The OpenAPI schema: every error of an operation, its scope, and the header for idempotency keys."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from evalsite.api.authentication import scope_of
from evalsite.api.idempotency import HEADER, LONGEST
from evalsite.core.problems import MEDIA_TYPE

ALWAYS = {
    400: "The request is malformed.",
    401: "The token is missing, unknown, expired or revoked.",
    403: "The scope or the role is not enough, or the study is sealed.",
    404: "There is no such row in your team, or no such page.",
    406: "The answer is not available in the requested format.",
    429: "Too many requests in this minute. Wait for the seconds in Retry-After.",
    503: "The database does not answer. Try again after the seconds in Retry-After.",
}
WHEN_WRITING = {
    409: "The row's state does not allow this, or the idempotency key is in use.",
    411: "The body has no stated length.",
    413: "The body is too large.",
    415: "The content type is not supported.",
    422: "The content has errors, or the idempotency key was used with another request.",
}
DESCRIPTIONS = ALWAYS | WHEN_WRITING


class FaultSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(
        allow_blank=True, help_text="A file, or the field of the request, as in raters.0.email."
    )
    line = serializers.IntegerField(allow_null=True, help_text="Line of the file, from 1.")
    column = serializers.IntegerField(allow_null=True, help_text="Column of the line, from 1.")
    what = serializers.CharField(allow_blank=True, help_text="What is wrong.")
    fix = serializers.CharField(allow_blank=True, help_text="How to fix it.")


class ProblemSerializer(serializers.Serializer[Any]):
    """An error (RFC 9457)."""

    type = serializers.CharField(help_text="Always about:blank: `code` names the kind of error.")
    title = serializers.CharField(help_text="The name of the status.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(allow_blank=True, help_text="What is wrong, and how to fix it.")
    code = serializers.CharField(help_text="The kind of error, for programs: sealed, scope_missing, ...")
    errors = FaultSerializer(  # type: ignore[assignment]
        many=True, help_text="The single faults; empty where `detail` says it all."
    )


class ApiSchema(AutoSchema):
    """Adds what every operation has in common."""

    def get_override_parameters(self) -> list[Any]:
        found = list(super().get_override_parameters())
        if self.method == "POST":
            found.append(
                OpenApiParameter(
                    HEADER,
                    {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
                    OpenApiParameter.HEADER,
                    description="Any unique text. A repeated request with the same key and body is not done "
                    "again: it gets the first answer, for 24 hours.",
                )
            )
        return found

    def get_description(self) -> str:  # type: ignore[override]
        scope = scope_of(self.view, self.method)
        needed = f"Scope: `{scope}`." if scope else ""
        return "\n\n".join(filter(None, (super().get_description(), needed)))

    def get_tags(self) -> list[str]:
        """The first part of the address after the version; for parts of a study, the second one."""
        parts = [part for part in self.path.split("/") if part and not part.startswith("{")][2:]
        return [parts[min(1, len(parts) - 1)] if parts[0] == "studies" else parts[0]]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        errors = dict(ALWAYS)
        if self.method not in ("GET", "HEAD", "OPTIONS"):
            errors |= WHEN_WRITING
        errors |= {status: DESCRIPTIONS[status] for status in getattr(self.view, "problems", ())}
        problem = self.resolve_serializer(ProblemSerializer, "response").ref
        for status, text in sorted(errors.items()):
            content = {MEDIA_TYPE: {"schema": problem}}
            bodies.setdefault(str(status), {"description": text, "content": content})
        return dict(sorted(bodies.items()))


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "evalsite.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token from the page Your account."}
