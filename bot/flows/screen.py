"""Defines a screen: the text and the buttons that a person sees, and the facts of the school that it speaks of."""

from dataclasses import dataclass, field

from bot import texts_ru as texts
from bot.flows import pack_files
from bot.flows.content import Pack
from bot.flows.marked import Markup, escape, fill
from bot.flows.routes import Route


@dataclass(frozen=True, slots=True)
class Button:
    """A button with its label: it leads to a screen, carries out an action (`data`), or opens an address."""

    label: str
    to: Route | None = None
    data: str | None = None
    url: str | None = None


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """HTML text and rows of buttons. A text that is no Markup holds somebody's words: it is escaped."""

    text: Markup
    rows: Rows = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", escape(self.text))

    @property
    def buttons(self) -> list[Button]:
        """Gives all the buttons, row after row."""
        return [button for row in self.rows for button in row]


def await_repair(under: str) -> Rows:
    """Gives «Сообщить, когда заработает» as a row of its own; `under` says if it stands below a notice or a topic."""
    return ((Button(texts.B_TELL_WHEN_REPAIRED, data=f"await_repair:{under}"),),)


@dataclass(frozen=True, slots=True)
class School:
    """The school and the diary as the installer described them, empty where not set; `pack` is what the school says.

    `one_of_several`: other schools share the bot, so its screens say which one is meant.
    """

    name: str = ""
    contacts: str = ""
    diary_url: str = ""
    feedback_url: str = ""
    privacy_url: str = ""
    notice: str = ""
    retention_days: int = 90
    bot_username: str = ""
    one_of_several: bool = False
    pack: Pack = field(default_factory=pack_files.load, repr=False)

    @property
    def card(self) -> Markup:
        """Gives name and contacts in one HTML line."""
        return escape(", ".join(part for part in (self.name, self.contacts) if part))

    @property
    def data_operator(self) -> Markup:
        """Names the operator of the personal data: the school, by its name where that is set."""
        return escape(self.name or texts.DATA_OPERATOR)

    @property
    def reference(self) -> Markup:
        """Gives the line of an answer that says where the school is found; empty where nothing is set."""
        return fill(texts.REMEDY_SCHOOL, school=self.card) if self.card else Markup()

    @property
    def notice_above(self) -> Markup:
        """Gives the installer's notice as it stands above a screen; empty where there is none."""
        return fill(texts.NOTICE, notice=self.notice) if self.notice else Markup()

    @property
    def await_repair_row(self) -> Rows:
        """Gives the button by which a family waits for the end of what the notice tells; no row without a notice."""
        return await_repair("notice") if self.notice else ()

    @property
    def change_row(self) -> Rows:
        """Gives «Сменить школу» as a row of its own; no row where there is no other school."""
        return ((Button(texts.B_CHANGE_SCHOOL, data="school"),),) if self.one_of_several else ()

    @property
    def diary_row(self) -> Rows:
        """Gives the button that opens the diary, as a row of its own; no row where the address is not set."""
        return ((Button(texts.B_OPEN_DIARY, url=self.diary_url),),) if self.diary_url else ()
