"""Makes a table out of a dataclass, so that each of its columns is named once."""

from types import NoneType
from typing import Any, get_args, get_type_hints

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives rowids only to INTEGER PRIMARY KEY; PostgreSQL needs BIGINT for a region's volume.
SERIAL = BigInteger().with_variant(Integer, "sqlite")


def table_of(row: type, name: str, *more: SchemaItem, **settings: Any) -> Table:
    """Makes the table whose columns the fields of a dataclass are annotated with, named and ordered as the fields are.

    A field is `name: Annotated[type, Column(…)]`; a field without a column is no part of the table. A column takes NULL
    where its field takes None. `more` and `settings` are what SQLAlchemy's Table takes besides.

    SQLAlchemy's own mapped dataclasses can be neither frozen nor read without a session.
    """
    columns: list[Column[Any]] = []
    for field, hint in get_type_hints(row, include_extras=True).items():
        kind, *about = get_args(hint) or (hint,)
        if about and isinstance(about[0], Column):
            column = about[0]
            column.name = column.key = field
            column.nullable = NoneType in get_args(kind)
            columns.append(column)
    return Table(name, metadata, *columns, *more, **settings)
