"""Many related rows in one query."""

from typing import Any

from django.db import models
from django.db.models.expressions import Combinable, Subquery
from django.db.models.functions import JSONObject


class JsonRows(Subquery):
    """The rows of a queryset as one JSON array of objects, on SQLite and PostgreSQL alike.

    A page needs a dozen tables of one post-mortem; with this they come in a single query whose
    number does not depend on how much was written. Dates arrive as ISO text, and the order of the
    array is the caller's to settle.
    """

    output_field = models.JSONField()

    def __init__(self, queryset: models.QuerySet[Any], **fields: str | Combinable) -> None:
        super().__init__(queryset.order_by().values(row=JSONObject(**fields)))

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "(SELECT JSON_GROUP_ARRAY(JSON(_rows.row)) FROM (%(subquery)s) _rows)"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "(SELECT COALESCE(JSONB_AGG(_rows.row), '[]') FROM (%(subquery)s) _rows)"
        return self.as_sql(compiler, connection, template=template, **extra)
