"""What all resources of /api/v1/ share: tokens, scopes, problem details, pages, idempotency keys, the schema.

Resources are next to the pages of the same rows: `annotations/staff/api.py`, `analysis/api.py`. Each view
derives from `views.ApiView` and names its `scope`.
"""
