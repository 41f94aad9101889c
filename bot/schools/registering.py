"""Adds a school, and gives a school a new code that binds its group."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import pack_files
from bot.flows.working_hours import parse as parse_working_hours
from bot.schools import binding_codes, school_slugs
from bot.setting_values import usable_pack
from storage import bans, schools
from storage.schools import FIRST, RegisteredSchool

NAME_LIMIT, CONTACTS_LIMIT, PACK_LIMIT = 160, 1000, 64  # characters


class SchoolRefused(Exception):
    """Raised where the operator is refused; its words say why and what to do, in Russian."""


@dataclass(frozen=True, slots=True)
class NewSchool:
    """A school as the operator describes it; what is empty is that of the settings, or made of the name."""

    name: str
    slug: str = ""
    pack: str = ""
    contacts: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """A school that was added, the code that binds its group, and the slug of the first school where it got one now."""

    school: RegisteredSchool
    code: str
    slug_of_first: str | None = None


async def add(connection: AsyncConnection, new: NewSchool, first_name: str, token: str, at: float) -> Added:
    """Adds a school. The first one gets a slug of its own, which no school that comes later can take from it.

    It may be called at any time; `first_name` is what families know the first school by, empty where nobody uses it.
    Raises SchoolRefused, and nothing is changed.
    """
    name, slug = " ".join(new.name.split()), new.slug.strip().lower()
    _refuse_wrong(new, name, slug)
    slug_of_first = await name_first(connection, first_name)
    known = await schools.every(connection)
    taken = {school.slug for school in known if school.slug}
    if slug in taken:
        raise SchoolRefused(texts.SCHOOL_SLUG_TAKEN.format(slug=slug))
    namesakes = [school for school in known if _name_of(school, first_name).lower() == name.lower()]
    if not slug and any(school.left_at is None for school in namesakes):
        raise SchoolRefused(texts.SCHOOL_NAME_TAKEN.format(name=name))
    values = {"name": name, "contacts": new.contacts.strip(), "working_hours": new.hours.strip(), "pack": _pack_of(new)}
    slug = slug or school_slugs.made_of(name, taken)
    school = await schools.add(connection, first_is_used=bool(first_name), slug=slug, created_at=at, **values)
    return Added(school, await _code_for(connection, school.id, token, at), slug_of_first)


async def name_first(connection: AsyncConnection, first_name: str) -> str | None:
    """Gives the first school a slug, made of what families know it by; returns the slug, None where it changed nothing.

    It may be called where there are several schools, or the second one comes: that of the settings may be taken into
    use after the others. It waits until nobody else adds a school.
    """
    first = await schools.locked(connection, FIRST)
    if first is None or first.slug is not None or first.left_at is not None or not first_name:
        return None
    slug = school_slugs.made_of(first_name, {one.slug for one in await schools.every(connection) if one.slug})
    await schools.change(connection, FIRST, slug=slug)
    return slug


async def new_code(connection: AsyncConnection, slug: str, token: str, at: float) -> tuple[RegisteredSchool, str]:
    """Gives a school a new code, by which it binds its first group or moves to another one; an older code is void.

    It may be called for any school that has not left. Raises SchoolRefused.
    """
    school = await named(connection, slug)
    return school, await _code_for(connection, school.id, token, at)


async def named(connection: AsyncConnection, slug: str) -> RegisteredSchool:
    """Gives the school of that slug, locked. Raises SchoolRefused where there is none, or it left."""
    found = await schools.locked_by_slug(connection, slug.strip().lower())
    if found is None:
        raise SchoolRefused(texts.SCHOOL_UNKNOWN.format(slug=slug.strip()[: school_slugs.LONGEST]))
    if found.left_at is not None:
        raise SchoolRefused(texts.SCHOOL_HAS_LEFT.format(school=found.name or slug))
    return found


async def _code_for(connection: AsyncConnection, school_id: int, token: str, at: float) -> str:
    code, secret = binding_codes.new_code(), await bans.secret_of(connection, token)
    key, until = binding_codes.key_of(code, secret), at + binding_codes.VALID_S
    await schools.change(connection, school_id, code_key=key, code_until=until)
    return code


def _pack_of(new: NewSchool) -> str:
    """Gives a school's pack as every process of the bot finds it: the name of one that ships with it, else the whole
    path of a folder. Raises SchoolRefused for one that families cannot be answered from.
    """
    if not new.pack:
        return ""
    try:
        folder = pack_files.folder_of(usable_pack(new.pack))
    except ValueError as error:
        raise SchoolRefused(texts.SCHOOL_PACK_WRONG.format(problem=error)) from None
    kept = folder.name if folder.parent == pack_files.PACKS else str(folder.resolve())
    if len(kept) > PACK_LIMIT:
        raise SchoolRefused(texts.SCHOOL_PACK_TOO_LONG.format(limit=PACK_LIMIT, folder=kept))
    return kept


def _name_of(school: RegisteredSchool, first_name: str) -> str:
    return school.name or (first_name if school.id == FIRST else "")


def _refuse_wrong(new: NewSchool, name: str, slug: str) -> None:
    """Raises SchoolRefused for what cannot be a school's name, slug, contacts or working hours."""
    if not name:
        raise SchoolRefused(texts.SCHOOL_NAME_NEEDED)
    if len(name) > NAME_LIMIT or len(new.contacts) > CONTACTS_LIMIT:
        raise SchoolRefused(texts.SCHOOL_TOO_LONG.format(name=NAME_LIMIT, contacts=CONTACTS_LIMIT))
    if slug and not school_slugs.SLUG.fullmatch(slug):
        raise SchoolRefused(texts.SCHOOL_SLUG_WRONG.format(most=school_slugs.LONGEST))
    try:
        if new.hours.strip():
            parse_working_hours(new.hours)
    except ValueError as error:
        raise SchoolRefused(texts.SCHOOL_HOURS_WRONG.format(problem=error)) from None
