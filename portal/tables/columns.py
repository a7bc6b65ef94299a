"""What every table has, and how a row points at another."""

from typing import Any, TypeVar

from tortoise import fields
from tortoise.models import Model

from portal import clock

_Table = TypeVar("_Table", bound=Model)


class TableRow(Model):
    """What notes by itself when it was made does so by the clock of the deployment."""

    id: fields.Field[int] = fields.BigIntField(primary_key=True)

    def __init__(self, **columns: Any) -> None:
        super().__init__(**columns)
        if clock.is_test():
            for name, field in self._meta.fields_map.items():
                if getattr(field, "auto_now_add", False) and getattr(self, name) is None:
                    setattr(self, name, clock.now())

    class Meta:
        abstract = True


class NamedRow(TableRow):
    """One that addresses, events and people outside name by `ref`, which says nothing."""

    ref = fields.CharField(max_length=32, unique=True)

    class Meta:
        abstract = True


def belongs_to(table: type[_Table]) -> fields.ForeignKeyRelation[_Table]:
    """A row of that table, which is not deleted while this one is there, and has no list of what points at it."""
    return fields.ForeignKeyField(f"portal.{table.__name__}", related_name=None, on_delete=fields.RESTRICT)


def may_belong_to(table: type[_Table]) -> fields.ForeignKeyNullableRelation[_Table]:
    """The same, or none."""
    return fields.ForeignKeyField(f"portal.{table.__name__}", related_name=None, null=True, on_delete=fields.RESTRICT)
