"""Exported files in one piece."""

from collections.abc import Mapping

from analysis.tables import exports
from annotations.models import Study


def table_bytes(study: Study, name: str, form: str = "csv") -> bytes:
    return b"".join(exports.export_files(study, form)[f"{name}.{form}"])


def export_files(study: Study, form: str = "csv") -> dict[str, bytes]:
    return {name: b"".join(chunks) for name, chunks in exports.export_files(study, form).items()}


def bundle_bytes(study: Study, report_files: Mapping[str, bytes]) -> bytes:
    return b"".join(exports.bundle_chunks(study, report_files))
