"""Holds the schools of the bot in memory: each one's desk, notice and hours, and the facts that its screens show."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.desk import Desk
from bot.flows import pack_files
from bot.flows.content import Pack
from bot.flows.school_search import SchoolNames
from bot.flows.screen import School
from bot.flows.working_hours import WorkingHours
from bot.flows.working_hours import parse as parse_working_hours
from bot.setting_values import usable_pack
from bot.settings import Settings
from storage import hung_notices, moved_chats, schools
from storage.database import Database
from storage.school_models import FIRST, RegisteredSchool

_parsed_hours = lru_cache(maxsize=1024)(parse_working_hours)  # each look asks for the hours of every desk
StoredSchools = tuple[list[RegisteredSchool], dict[int, int], dict[int | None, str]]
OPERATOR = 2**31 - 1  # the number of the operator's chat among the desks: no school ever gets it


class Schools:
    """Holds every school by its number; with one school nobody is asked for it.

    `operator` is the chat of whoever runs the bot for several schools; None where the settings name none. `present` are
    the schools that families may choose, and `are_several` says whether a family has to say which is theirs: every
    update asks for them, so they are found out when the schools change.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._registered: dict[int, RegisteredSchool] = {}
        self._shown: dict[int | None, School] = {}
        self._notices: dict[int | None, str] = {}
        self._names: SchoolNames | None = None
        self._packs: dict[str, Pack] = {}
        self.present: list[RegisteredSchool] = []
        self._present_ids: frozenset[int] = frozenset()
        self.are_several = False
        self.desks: dict[int, Desk] = {}
        self.operator: Desk | None = None
        if settings.operator_chat_id is not None:
            self.operator = Desk.at(OPERATOR, settings.operator_chat_id)
        self.take([RegisteredSchool(FIRST)], {}, {})

    # --- what the database says ----------------------------------------------------------------------------------

    def take(
        self, registered: Iterable[RegisteredSchool], moved: Mapping[int, int], notices: Mapping[int | None, str]
    ) -> None:
        """Takes in the schools, the groups that became others, and the notices by school (None: for all of them)."""
        found = {school.id: school for school in registered}
        notices = dict(notices)
        if found != self._registered or notices != self._notices:
            self._registered, self._notices, self._shown, self._names = found, notices, {}, None
            self.present = self._choosable()
            self._present_ids = frozenset(school.id for school in self.present)
            self.are_several = len(self.present) > 1
        self.desks = {school.id: self._desk_of(school) for school in found.values() if school.left_at is None}
        for desk in self.addressed:
            newest = moved_chats.newest_of(desk.chat_id, moved)
            if newest is not None and newest != desk.chat_id:
                desk.moves_to(newest)

    def _desk_of(self, school: RegisteredSchool) -> Desk:
        chat_id = chat_of(school, self._settings.support_chat_id)
        known = self.desks.get(school.id)
        if known is None:
            return Desk.at(school.id, chat_id)
        if known.made_in != chat_id:
            known.is_bound_to(chat_id)
        return known

    # --- desks -----------------------------------------------------------------------------------------------------

    @property
    def addressed(self) -> list[Desk]:
        """Gives every chat that the outbox may owe something as a desk: those of the schools, and the operator's."""
        return [*self.desks.values(), *([self.operator] if self.operator else [])]

    def desk_numbered(self, number: int | None) -> Desk | None:
        """Gives the desk of a school, or the operator's chat; None where there is none of that number."""
        if number == OPERATOR:
            return self.operator
        return self.desks.get(number or 0)

    def desk_at(self, chat_id: int) -> Desk | None:
        """Gives the desk of a school whose chat this is, or was before its upgrade; None for any other chat.

        What was written in a group before its upgrade may come after the desk has followed it.
        """
        if chat_id > 0:
            return None
        return next((desk for desk in self.desks.values() if chat_id in (desk.chat_id, desk.made_in)), None)

    def desk_of(self, number: int) -> Desk:
        """Gives the desk of that number; of a school that left, one without a chat."""
        return self.desk_numbered(number) or Desk.at(number, None)

    def is_bound_as(self, number: int, chat_id: int | None) -> bool:
        """Tells whether the desk of that number is one, and is bound to what its school is: `chat_id`, as stored."""
        desk = self.desk_numbered(number)
        if desk is None or desk is self.operator:
            return desk is not None
        return desk.made_in == chat_of(RegisteredSchool(number, chat_id=chat_id), self._settings.support_chat_id)

    def is_operators(self, chat_id: int) -> bool:
        """Tells whether a chat is the operator's."""
        return self.operator is not None and self.operator.chat_id == chat_id

    # --- which school ----------------------------------------------------------------------------------------------

    def _choosable(self) -> list[RegisteredSchool]:
        """Gives the schools that families may choose, in the order in which they came.

        That of the settings is one of them while there is no other, or where it has a desk or a name.
        """
        here = [school for school in self._registered.values() if school.left_at is None]
        others = [school for school in here if school.id != FIRST]
        return (here if not others or self._first_is_used else others) or [RegisteredSchool(FIRST)]

    @property
    def _first_is_used(self) -> bool:
        first = self._registered.get(FIRST)
        return first is not None and bool(self._settings.support_chat_id or first.chat_id or first.name)

    @property
    def first_name(self) -> str:
        """Gives the name of the first school where families may choose it; empty where nobody uses it."""
        return (self.shown(FIRST).name or texts.SCHOOL_FIRST) if self._first_is_used else ""

    def registered(self, school_id: int) -> RegisteredSchool | None:
        """Gives a school, also one that left; None for a number that no school has."""
        return self._registered.get(school_id)

    def left(self, school_id: int | None) -> School | None:
        """Gives what is known of a school that left; None for one that did not, and for a number that no school has."""
        row = self._registered.get(school_id or 0)
        return self.shown(row.id) if row is not None and row.left_at is not None else None

    def slug_of(self, number: int) -> str:
        """Gives what numbers of a school are called: its slug, or its number while it has none."""
        if number == OPERATOR:
            return "operator"
        row = self._registered.get(number)
        return (row and row.slug) or str(number)

    def by_slug(self, slug: str) -> RegisteredSchool | None:
        """Gives the school whose links bear this slug, also one that left."""
        return next((school for school in self._registered.values() if school.slug == slug.lower()), None)

    def of_family(self, chosen: int | None) -> int | None:
        """Gives the school of a family that chose this one; None where it has to choose.

        Where there is one school, it is the school of every family.
        """
        if not self.are_several:
            return self.present[0].id
        return chosen if chosen in self._present_ids else None

    @property
    def names(self) -> SchoolNames:
        """Gives the names of the schools that a family may choose, ready to be searched."""
        if self._names is None:
            self._names = SchoolNames(
                (one.id, one.slug or "", self._make_shown(one.id, "").name) for one in self.present
            )
        return self._names

    # --- what a school says ----------------------------------------------------------------------------------------

    def shown(self, school_id: int | None, bot_username: str = "") -> School:
        """Gives the facts about a school that screens show, with its notice; None: those of no school in particular."""
        found = self._shown.get(school_id)
        if found is None or found.bot_username != bot_username:
            found = self._shown[school_id] = self._make_shown(school_id, bot_username)
        return found

    def _make_shown(self, school_id: int | None, bot_username: str) -> School:
        s, row = self._settings, self._registered.get(school_id or 0) or RegisteredSchool(0)
        is_first = school_id == FIRST or (school_id is None and not self.are_several)
        pack = self.pack_of(school_id)
        named = row.name or (is_first and (s.school_name or pack.about.school)) or ""
        notices = [self._notices[one] for one in dict.fromkeys((None, school_id)) if self._notices.get(one)]
        return School(
            name=named,
            contacts=row.contacts or (s.school_contacts if is_first else ""),
            diary_url=s.diary_url,
            feedback_url=s.feedback_form_url,
            privacy_url=s.privacy_url if is_first else "",
            notice="\n".join(notices),
            retention_days=s.retention_days,
            bot_username=bot_username,
            one_of_several=self.are_several,
            pack=pack,
        )

    def pack_of(self, school_id: int | None) -> Pack:
        """Gives what a school says to families; a pack that cannot be used gives way to that of the settings."""
        row = self._registered.get(school_id or 0)
        named = (row and row.pack) or self._settings.content
        if named not in self._packs:
            try:
                self._packs[named] = pack_files.load(usable_pack(named))
            except ValueError:
                return pack_files.load(self._settings.content)
        return self._packs[named]

    @property
    def packs(self) -> list[Pack]:
        """Gives each pack that some school says to families, once."""
        return list(dict.fromkeys(self.pack_of(one.id) for one in self.present))

    def hours_of(self, school_id: int | None) -> WorkingHours:
        """Gives the hours when the desk of a school may be called up."""
        row = self._registered.get(school_id or 0)
        return _parsed_hours(row.working_hours) if row and row.working_hours else self._settings.hours

    def has_hours(self, school_id: int | None) -> bool:
        """Tells whether anybody said when the desk of a school works."""
        row = self._registered.get(school_id or 0)
        return bool((row and row.working_hours) or self._settings.working_hours)

    def next_opening(self, school_id: int | None, at: float) -> float | None:
        """Gives the moment when a school next reads tickets; None if it reads them now or its hours are not set."""
        if not self.has_hours(school_id):
            return None
        hours, local = self.hours_of(school_id), datetime.fromtimestamp(at, self._settings.zone)
        if hours.is_open(local):
            return None
        opening = hours.next_open(local)
        return opening.timestamp() if opening else None

    @property
    def family_commands(self) -> dict[str, str]:
        """Gives the commands that families are shown, with what each does."""
        return texts.COMMANDS_FAMILY | (texts.COMMANDS_SEVERAL_SCHOOLS if self.are_several else {})


async def read_schools(database: Database, settings: Settings) -> Schools:
    """Gives the schools of a database, for a command that runs beside the bot."""
    known = Schools(settings)
    known.take(*await database.read(stored_schools))
    return known


async def stored_schools(connection: AsyncConnection) -> StoredSchools:
    """Reads what `Schools.take` takes in: the schools, the groups that became others, the notices."""
    return await schools.every(connection), await moved_chats.every(connection), await hung_notices.hanging(connection)


def chat_of(school: RegisteredSchool, first_chat: int | None) -> int | None:
    """Gives the chat that a school is bound to; the first one's is that of the settings where no code bound another."""
    return first_chat if school.chat_id is None and school.id == FIRST else school.chat_id
