"""Bans of a school, by a keyed hash of an account's id, so that a ban outlives /forget without naming anybody."""

import hashlib
import hmac
import secrets

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values
from storage.inserting import insert_into
from storage.models import bans, dialogues
from storage.school_models import FIRST
from storage.ticket_models import tickets

_SECRET = "secret:accounts"
_IS_BANNED = select(bans.c.key).where(bans.c.school_id == bindparam("school"), bans.c.key == bindparam("its_key"))


def keyed(account: int, secret: str) -> str:
    """Gives a keyed hash of an account's id: it recognises the account and names nobody."""
    return hmac.new(secret.encode(), str(account).encode(), hashlib.sha256).hexdigest()


async def secret_of(connection: AsyncConnection, old_secret: str) -> str:
    """Gives the database's own secret, made once, by the replica that asks first: a new token changes no key.

    Version 1.1.0 keyed bans by the token (`old_secret`). Of the families that are known, they get their new keys here;
    a family that erased itself gets it when it writes (see `rekey`).
    """
    is_new = await named_values.begin(connection, _SECRET, secrets.token_hex(32))
    secret = await named_values.get(connection, _SECRET)
    assert secret is not None  # it was made here or by another replica, and nobody takes it away
    if is_new:
        await _rekey_known(connection, old_secret, secret)
    return secret


async def _rekey_known(connection: AsyncConnection, old_secret: str, secret: str) -> None:
    old = (await banned(connection)).get(FIRST)  # there were no others then
    if not old:
        return
    found: set[int] = set()
    for column in (dialogues.c.family_id, tickets.c.family_id):
        async for account in await connection.stream_scalars(select(column).where(column.is_not(None))):
            if keyed(account, old_secret) in old:
                found.add(account)
    for account in found:
        await rekey(connection, keyed(account, old_secret), keyed(account, secret))


async def rekey(connection: AsyncConnection, old: str, new: str) -> None:
    """Keeps a ban of version 1.1.0 under another key; where that key is banned as well, the older ban goes."""
    known = (await connection.execute(select(bans.c.key).where(bans.c.key == new, bans.c.school_id == FIRST))).first()
    if known is not None:
        await unban(connection, FIRST, old)
        return
    await connection.execute(update(bans).where(bans.c.key == old).values(key=new))


async def ban(connection: AsyncConnection, school_id: int, key: str, at: float) -> None:
    """Bans an account by its key, for one school."""
    made = insert_into(connection, bans).values(school_id=school_id, key=key, at=at, told=False)
    await connection.execute(made.on_conflict_do_nothing())


async def unban(connection: AsyncConnection, school_id: int, key: str) -> None:
    """Lifts a school's ban."""
    await connection.execute(delete(bans).where(bans.c.school_id == school_id, bans.c.key == key))


async def banned(connection: AsyncConnection) -> dict[int, frozenset[str]]:
    """Gives the keys of the accounts that each school has banned."""
    found: dict[int, set[str]] = {}
    for school_id, key in await connection.execute(select(bans.c.school_id, bans.c.key)):
        found.setdefault(school_id, set()).add(key)
    return {school_id: frozenset(keys) for school_id, keys in found.items()}


async def is_banned(connection: AsyncConnection, school_id: int, account: int | None) -> bool:
    """Tells whether a school has banned an account, as the transaction at hand sees it.

    An erased account (None) is never banned.
    """
    if account is None:
        return False
    secret = await named_values.get(connection, _SECRET)
    if secret is None:
        return False
    found = await connection.execute(_IS_BANNED, {"school": school_id, "its_key": keyed(account, secret)})
    return found.first() is not None


async def tell_once(connection: AsyncConnection, school_id: int, key: str) -> bool:
    """Tells whether a banned account is still to be told of it, and marks it as told."""
    mine = (bans.c.school_id == school_id, bans.c.key == key)
    statement = update(bans).where(*mine, bans.c.told.is_(False)).values(told=True)
    return (await connection.execute(statement)).rowcount == 1
