"""The table of schools: each has one desk, which bears the school's number.

Every time is a float: seconds since the epoch, UTC.
"""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import BigInteger, Column, Float, Integer, String, Text

from storage.table_of import table_of

FIRST = 1  # the school of the settings: the only one where no other was added


@dataclass(frozen=True, slots=True)
class RegisteredSchool:
    """A school as the operator added it; of the first one the settings say what is empty here.

    `slug` stands in the families' links. `chat_id` is the desk's chat, named as in channels/chat_ids.py, None before
    the school was bound to one. `last_number` is that of its newest ticket. `code_key` is a keyed hash of the newest
    code that binds a chat, valid until `code_until`, None there once it was used. A school that left (`left_at`) keeps
    its row, so that its links are known.
    """

    id: Annotated[int, Column(Integer, primary_key=True)]
    slug: Annotated[str | None, Column(String(24), unique=True)] = None
    name: Annotated[str, Column(String(160), server_default="")] = ""
    contacts: Annotated[str, Column(Text, server_default="")] = ""
    working_hours: Annotated[str, Column(Text, server_default="")] = ""
    pack: Annotated[str, Column(String(64), server_default="")] = ""
    chat_id: Annotated[int | None, Column(BigInteger, unique=True)] = None
    last_number: Annotated[int, Column(Integer, server_default="0")] = 0
    code_key: Annotated[str | None, Column(String(64), unique=True)] = None
    code_until: Annotated[float | None, Column(Float)] = None
    created_at: Annotated[float, Column(Float, server_default="0")] = 0.0
    left_at: Annotated[float | None, Column(Float)] = None


schools = table_of(RegisteredSchool, "schools", sqlite_autoincrement=True)
