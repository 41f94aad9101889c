"""The three guides of the school's instruction: steps, links, error wordings and remedies, as data.

Source of every step, link, error text and remedy: the school's «Инструкция по авторизации в электронном дневнике
через ЕСИА». Hints that do not come from it are marked as such in their texts.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot import texts_ru as texts
from bot.flows.marked import Markup, marked


class Path(StrEnum):
    """Whose login it is."""

    CHILD = "child"
    ADULT_PUPIL = "adult_pupil"
    PARENT = "parent"


class Reader(StrEnum):
    """Who reads the guide: a parent may read the child's path and do the parents' steps of it."""

    PUPIL = "pupil"
    PARENT = "parent"


class Error(StrEnum):
    """An error text that the instruction names."""

    DIARY_NOT_FOUND = "diary_not_found"
    CONSENT_REQUIRED = "consent_required"


class Topic(StrEnum):
    """A neighbouring login problem that the instruction does not cover."""

    FORGOTTEN_PASSWORD = "forgotten_password"
    NO_CODE = "no_code"
    ACCOUNT_NOT_CONFIRMED = "account_not_confirmed"
    ACCOUNT_LIMITED = "account_limited"
    CHILD_ACCOUNT = "child_account"
    SERVICE_DOWN = "service_down"
    VPN = "vpn"
    CERTIFICATE = "certificate"
    SESSION_EXPIRED = "session_expired"
    SECOND_CHILD = "second_child"


@dataclass(frozen=True, slots=True)
class Link:
    """A URL button: its label and its address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a guide: who does it, whether it logs in to the diary, whether the instruction says to wait there."""

    doer: Reader
    link: Link | None = None
    logs_in: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """An error text word for word, and the paths on whose screens it appears."""

    error: Error
    text: str
    paths: tuple[Path, ...]


FAMILY_AND_CHILDREN = Link(texts.LINK_FAMILY_AND_CHILDREN, "https://lk.gosuslugi.ru/profile/family")
CHILD_ACCOUNT_HELP = Link(texts.LINK_CHILD_ACCOUNT_HELP, "https://www.gosuslugi.ru/help/faq/login_child/102380")

GUIDES: dict[Path, tuple[Step, ...]] = {
    Path.CHILD: (
        Step(Reader.PARENT, link=FAMILY_AND_CHILDREN),
        Step(Reader.PARENT, waits=True),
        Step(Reader.PARENT, link=CHILD_ACCOUNT_HELP),
        Step(Reader.PARENT, waits=True),
        Step(Reader.PUPIL, logs_in=True),
    ),
    Path.ADULT_PUPIL: (Step(Reader.PUPIL, logs_in=True), Step(Reader.PUPIL, logs_in=True)),
    Path.PARENT: (Step(Reader.PARENT, logs_in=True), Step(Reader.PARENT, logs_in=True)),
}

WORDINGS: tuple[Wording, ...] = (
    Wording(Error.DIARY_NOT_FOUND, texts.ERROR_CHILD_DIARY_NOT_FOUND, (Path.CHILD,)),
    Wording(Error.CONSENT_REQUIRED, texts.ERROR_CHILD_CONSENT_REQUIRED, (Path.CHILD,)),
    Wording(Error.DIARY_NOT_FOUND, texts.ERROR_ADULT_DIARY_NOT_FOUND, (Path.ADULT_PUPIL, Path.PARENT)),
    Wording(Error.CONSENT_REQUIRED, texts.ERROR_ADULT_CONSENT_REQUIRED, (Path.ADULT_PUPIL, Path.PARENT)),
)

# Official pages of Госуслуги for the problems that the instruction does not cover; none of them is the school's word.
TOPIC_LINKS: dict[Topic, Link] = {
    Topic.FORGOTTEN_PASSWORD: Link(texts.LINK_RECOVERY, "https://esia.gosuslugi.ru/login/recovery"),
    Topic.NO_CODE: Link(texts.LINK_LOGIN_HELP, "https://www.gosuslugi.ru/help/faq/c-1"),
    Topic.ACCOUNT_NOT_CONFIRMED: Link(texts.LINK_CONFIRMED_HELP, "https://www.gosuslugi.ru/help/faq/login/2"),
    Topic.ACCOUNT_LIMITED: Link(texts.LINK_CENTRES, "https://map.gosuslugi.ru/co"),
    Topic.CHILD_ACCOUNT: CHILD_ACCOUNT_HELP,
    Topic.SERVICE_DOWN: Link(texts.LINK_SUPPORT, "https://www.gosuslugi.ru/feedback"),
    Topic.VPN: Link(texts.LINK_SUPPORT, "https://www.gosuslugi.ru/feedback"),
    Topic.CERTIFICATE: Link(texts.LINK_CERTIFICATES, "https://www.gosuslugi.ru/crt"),
    Topic.SESSION_EXPIRED: Link(texts.LINK_SUPPORT, "https://www.gosuslugi.ru/feedback"),
    Topic.SECOND_CHILD: Link(texts.LINK_FAMILY, "https://lk.gosuslugi.ru/profile/family"),
}


def steps_of(path: Path) -> tuple[Step, ...]:
    """The steps of a path, first to last."""
    return GUIDES[path]


def step_text(path: Path, reader: Reader, number: int) -> Markup:
    """The text of step `number` (1-based) as this reader is told it, HTML."""
    return marked(texts.STEPS[path.value, reader.value][number - 1])


def remedy_text(error: Error, path: Path, reader: Reader) -> Markup:
    """What the message means and what to do, in numbered steps, HTML."""
    return marked(texts.REMEDIES[error.value, path.value, reader.value])


def wording_of(error: Error, path: Path) -> str:
    """The error's text word for word as the screen of this path shows it."""
    return next(w.text for w in WORDINGS if w.error == error and path in w.paths)


def readers_of(path: Path) -> tuple[Reader, ...]:
    """Who may read this path: nobody but a parent reads the parent's own."""
    return (Reader.PARENT,) if path is Path.PARENT else (Reader.PUPIL, Reader.PARENT)


# --- what families write ---------------------------------------------------------------------------------------------
#
# Read by wordings.py, with the ordinary words of vocabulary.py. A message becomes a row of concepts (a word
# may be several); a sign is a row of them too:
#   `diary not found`  these three side by side     `a|b`  either     `a?`  or nothing     `a|b~3`  up to three of these
#   `~3`  up to three words of no barrier between, in one sentence      `...`  anything between, up to sixty words
#   `!a`  not followed by a      `<!a`  not preceded by a, nor by a and a preposition
# In the vocabulary `стем|а|у` is the stem with each of the endings (`||` allows none).

CONCEPTS: dict[str, str] = {
    "diary": "көндәлек кундэлик дневник||а|у|ом|и|ов|ам|ами дневничок дневничк|а|у|ом журнал||а|у|ом|ы эжд",
    "diary_in": "дневнике дневниках журнале дневничке",
    "not": "не ни нэ ге пе ие н нн",
    "no": "нет юк жок нету нетути нема отсутствует отсутствуют",
    "found": (
        "найден||а|о|ы наиден наден находит||ся находят находило находил нашлось найдется обнаружен||а|о|ы "
        "обнаруживает||ся обнаружил||а|и|о обнаружилось отыскан||а|о отыскал||а|ся|ось отыскивает||ся найд найде"
    ),
    "found_p": "нашел нашла нашло нашли нашелся нашлась нашлися найдет найдут",
    "see": (
        "видет видит видят виден видно видна видать увидел увидела определяется определился опознает распознает "
        "распознается распознал узнает признает отыщет"
    ),
    "exist": (
        "подтянулся подтягивался привязался подключен отразился определен существует существуют существовало "
        "числится числюсь числимся числиться значится значусь имеется заведен "
        "заведено создан прикреплен привязан подгружается подтягивается"
    ),
    "shown": "отображается отображает отображаются показывает показывается показывают высвечивается появляется",
    "not_found_word": "табылмады тапмый табылмаган табылмай",
    "gone": (
        "пропал||а|о|и исчез||ла|ло|ли делся девался испарился удален удалили удалился стерли стерся потерялся слетел"
    ),
    "absence": "отсутстви|е|и|я|ю",
    "find": "определить опознать распознать увидеть прочитать загрузить найти отыскать обнаружить сыскать находить",
    "lose": "потеряло потерялось потерял||а|и забыл||а|и терял||а посеял||а украли порвал||а|и",
    "can_it": "может могут способна способен удается удалось смогла",
    "can_i": "могу можем смог смогли смогу сможем получается вижу видим нахожу находим найду",
    "my": (
        "мой моего моему моим мою моя мое мои свой своего свою наш нашего наша сына дочери дочки ребенка ребенку "
        "меня мне нам нас него нее ней"
    ),
    "consent": (
        "ризалык ризалыгы ризалыгын келисим согласи|е|я|ю|ем|и|й|ями согласье согласья соглас "
        "согласи согласия согл соглосие"
    ),
    "permit": "разрешени|е|я|ю|ем|й одобрени|е|я|ю|ем дозволени|е|я позволени|е|я",
    "permit_v": "разрешить разрешит разрешат разрешил||и|а одобрить одобрит одобрят одобрил||а|и разрешает разрешают",
    "agree": (
        "согласится согласиться согласятся соглашается соглашаются согласился согласилась согласились соглашусь "
        "соглашаться соглашаюсь"
    ),
    "parent": (
        "родител||и|ь|я|ю|ей|ям|ями|ем|ях родаков родаки предков предки мама маму мамы маме мамой мамин|о|у|а "
        "мамк|а|и|у мамочк|а|и|у папа папу папы папе папой папин|о|у папк|а|и мать матери матерью отец отца отцу "
        "отцом батя бати батю батин|о опекун||а|у|ом законного представителя представитель взрослых взрослого "
        "родителский родительск|ое|ого|ая"
    ),
    "parent_of": (
        "родител|я|ю|ей|ям|ем|ях родаков предков маму мамы маме мамой мамин|о|у|а мамк|и|у мамочк|и|у папу папы "
        "папе папой папин|о|у|а папк|и|у матери матерью отца отцу отцом бати батю опекуна опекуну представителя "
        "взрослых взрослого родительск|ое|ого|ая|ий|ие"
    ),
    "parent_adj": "родительск|ое|ого|ая мамин|о|у|а|ого папин|о|у|а|ого",
    "one_of": "одного одному одним одног хотя бы либо кого то нибудь обоих двоих законного любого",
    "of": "из от со с у",
    "need": "нужно кирәк керек кирак керәк нужен нужна нужны надо нада нужн нуно понадобится понадобилось",
    "necess": "необходимо необходим необходима необходимы необх необход",
    "ask": (
        "просьба просьбу требования требование требует требуют требуется требуются требовал||о|а треб просит "
        "просют просят просил||о|а попросил||о|а запрашивает запрашивают запросил||о|а запрос хочет хотят хотит "
        "ждет ждут спрашивает спрашивают спросил||о|а добивается потребовал||о|а клянчит вымогает"
    ),
    "must": "должен должна должны обязан обязаны обязательно",
    "please_ask": "попросите попроси попросит попросить",
    "tell": "сообщите сообщить сообщит сообщити сообщ",
    "tell_they": "сообщили сообщил сообщила сообщат сообщит сообщали",
    "tell_imp": "сообщите сообщити",
    "about_it": "ней нем",
    "about": "о об",
    "via": "через",
    "form": "форму форма форме формы",
    "feedback": "обратной обратную обратная",
    "problem": "проблему проблема проблемы проблем",
    "go": "перейдите перейти перейдит перейди переходите",
    "by": "по",
    "link": "ссылке ссылка ссылку ссылки ссылкой",
    "notice": "уведомлени|я|е|ю|ем|й|ях уведомл уведомле",
    "directed": "направленного направленно направлен направленог",
    "personal": "личный личном личного",
    "cabinet": "кабинет кабинете кабинета",
    "gosuslugi": "госуслуг||и|ах|ам|ами госуслу госуслуга гослуг|и|ах госуслог|и гос услуги услугах есиа",
    "access": "доступ||а|у",
    "okay": "добро отмашку отмашки",
    "for": "для",
    "in": "в во",
    "on": "на",
    "login": (
        "вход||а|у|ом|е войти вхож|у войду войдет войдешь войдем вошел? зайти захожу зайду заходим входит входим "
        "входить заходит зайдешь авториз|ация|ации|оваться|уюсь|ацию|ируюсь вхада попасть доступ||а|у|ом "
        "логин||иться|юсь"
    ),
    "let_in": (
        "пускает пускают пустит пустят впускает впускают пускал||и|о пустил||а|и|о открывает открывают "
        "открывается откроет откроется открыть открыл закрыт закрыто заблокирован дает дают"
    ),
    "without": "без",
    "press": "нажать нажал||а|и жал||а поставить поставил||а галочк|у|а|и тыкнуть тыкнул||а",
    "skip": (
        "пропустил||а|и забыл||а|и закрыл||а|и отказал|ся|ась|ись отклонил||а|и пролистал||а|и отмен|ил|ила|или "
        "проморгал||а"
    ),
    "give": (
        "дать давать дам дадут дала дал дали даст выдать выдал||а|и выдаст выдано дано предоставить "
        "предоставил||а|и|ено получено получить получил||а|и подписать подписал||а|и подписано оформить "
        "оформил||а|и поставил выдана отправил||а|и послал||а|и подтвердили отозвать подпис|ывать|ываю даем даю "
        "давал||а|и дадим подписывают"
    ),
    "requested": "запрошен|о|ы|а запрошены",
    "until": "пока покуда чтобы чтоб пусть",
    "teacher": (
        "учител|ь|я|ей|и|ница|ницы классн|ая|ой|ую|ый|ого руководител|ь|я|ю|ем директор||а завуч||а школ||а|е "
        "воспитател|ь тренер||а|у|ом врач секретар|ь|ю родком"
    ),
}

# Concepts whose words are known with slips in them («дневнек», «наёден»); the words of the wordings are too.
WITH_SLIPS = (
    "diary found see consent permit agree parent parent_of necess ask please_ask tell form feedback problem go link"
    " notice directed personal cabinet gosuslugi login password account confirmed limited let_in say need diary_in"
)

# How much a word of the wordings tells; 1.0 where not named, 0.25 for words of up to three letters.
WEIGHTS: dict[str, float] = {
    "дневник": 1.0, "не": 0.7, "найден": 0.75, "согласие": 1.2, "необходимо": 0.8, "нужно": 0.6, "входа": 0.7,
    "решить": 0.7, "проблему": 0.8, "ней": 0.7, "сообщите": 0.9, "сообщить": 0.9, "форму": 0.4,
    "обратной": 0.6, "связи": 0.6, "попросите": 0.9,
    "родителей": 0.8, "одного": 0.6, "перейдите": 0.8, "ссылке": 0.6, "уведомления": 0.9, "направленного": 1.3,
    "кабинет": 0.3, "госуслугах": 0.3, "личный": 0.3, "чтобы": 0.25, "через": 0.25, "ваш": 0.4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signs:
    """How families speak of one error.

    `key`: of these a piece of the wording must hold one to be sure (empty: any word does); `strong`: from this weight
    on a piece of the wording cannot be meant otherwise; `sure`, `doubtful`: the error in their own words;
    `asked`: signs that are sure only where a sign of `where` stands beside them; `barrier`: what no gap may step over;
    `unless`: near misses, which take back all but a strong piece of the wording, and no gap in them steps over
    `unless_barrier`; `unless_weak`: those that take back only what is less than sure by itself.
    """

    key: str = ""
    strong: float = 3.0
    sure: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    barrier: str = ""
    unless_barrier: str = ""
    unless: tuple[str, ...] = ()
    unless_weak: tuple[str, ...] = ()


SIGNS: dict[Error, Signs] = {
    Error.DIARY_NOT_FOUND: Signs(
        key="found problem about_it directed feedback",
        strong=2.8,
        sure=(
            "<!stranger diary ~4 not found|see|exist",
            "diary ~2 not_found_word",
            "not can_it? found|see|find|exist ~3 diary",
            "diary ~2 find|found|see ~1 not can_it",
            "not can_it ~2 find|see ~3 diary",
            "diary ~1 not ~1 can_it ~1 find|see|found",
            "say|system ~5 no ~2 diary",
            "say|system ~5 diary ~3 no",
            "system ~2 lose ~2 diary",
            "system ~2 diary ~1 lose",
            "diary ~3 say ~2 not found|see|exist",
            "say ~3 absence ~2 diary",
            "say|system ~3 not found_p ~3 diary",
            "say|system ~4 diary ~3 not found_p",
        ),
        where=("say", "system", "login", "let_in", "gosuslugi"),
        asked=(
            "<!stranger diary ~3 gone",
            "please_ask|say ~3 parent ~2 tell|tell_they",
            "gone ~2 diary !found|found_p|entered",
            "diary ~2 not found_p",
            "not found_p ~2 diary",
            "diary ~3 no",
            "no ~2 diary",
        ),
        doubtful=(
            "diary ~2 not shown",
            "not shown ~2 diary",
            "not can_i ~1 find|see ~3 diary",
            "diary ~2 not can_i ~1 find|see",
            "my|child|parent ~2 in diary_in ~1 no",
            "my|child|parent ~3 not found|see ~2 diary_in",
            "no ~2 my|child|parent ~2 diary_in",
            "diary_in ~1 no ~1 my|child",
            "not found|see|find ~2 my|child ~2 diary_in",
            "say ~2 not found",
            "tell|tell_they|tell_imp ~4 feedback",
            "diary on found|found_p",
        ),
        barrier="stranger marks paper outing medical password code consent permit",
        unless_barrier="diary",
        unless=(
            "paper ~5 diary",
            "diary ~5 paper",
            "marks ~3 not found|see|shown",
            "no ~1 access",
            "stranger ~3 not found",
            "<!diary not found stranger",
            "not found|see ~2 marks",
        ),
        unless_weak=("lose ~2 diary", "diary ~2 lose", "child not shown"),
    ),
    Error.CONSENT_REQUIRED: Signs(
        key="consent directed notice",
        strong=4.0,
        sure=(
            "consent one_of of? my? parent_of?",
            "ask|necess ~3 consent",
            "ask ~1 give|press ~1 consent",
            "say|ask ~5 parent ~1 give|press ~1 consent",
            "consent ~3 ask|necess",
            "say ~4 consent",
            "say ~4 no ~2 consent",
            "say ~4 consent ~2 not",
            "login|let_in|diary ... parent ~2 not agree|permit_v",
            "parent ~2 not agree|permit_v ... login|let_in|diary",
        ),
        where=("say", "system", "login", "let_in", "diary", "entered"),
        asked=(
            "consent of|my~2 parent_of",
            "need|must ~3 consent|permit",
            "consent|permit ~3 need",
            "ask|necess ~3 permit",
            "without ~3 consent|permit",
            "no ~2 consent|permit",
            "not ~1 give|press ~3 consent|permit",
            "consent ~2 not ~1 give|press",
            "skip ~3 consent",
            "not let_in ~4 consent|permit",
            "consent|permit ~4 not let_in",
            "necess|need give|press ~1 consent",
            "requested ~2 consent",
            "consent ~1 requested",
            "not ~1 give ~1 okay",
            "need|must|ask|until ~3 parent ~2 agree|permit_v",
            "say|ask|need|must|until ~3 parent ~1 give|press ~2 consent",
            "parent ~1 must ~2 agree|permit_v|give",
        ),
        doubtful=(
            "diary|login ~2 consent",
            "consent ~2 for|on|in ~1 diary|login",
            "link ~2 notice",
            "notice ~4 consent",
            "not ~1 came ~3 notice !about|of|code",
            "notice !about|of|code ~3 not ~1 came",
            "came ~2 notice ~2 link",
            "notice ~2 link ~2 came",
            "parent ~1 must|need ~1 confirm_v",
        ),
        barrier="give outing medical marks paper teacher stranger",
        unless_barrier="diary login let_in",
        unless=(
            "outing|medical|marks|paper ... consent|permit|permit_v|agree",
            "consent|permit|permit_v|agree ... outing|medical|marks|paper",
            "teacher ~3 ask|need|say",
            "consent|permit one_of|of|my|parent_of~5 on|for !place|login|diary",
            "consent ~4 cookies",
        ),
        unless_weak=("confirm_v ~3 account", "notice ~3 code", "code ~3 notice"),
    ),
}

# A question about a step of the guide, not an error: the first may stand beside a sure sign, the second may not.
QUESTIONS = (
    "where ~4 give|press ~3 consent",
    "where ~3 consent ~2 give|press",
    "where ~2 need ~2 consent",
    "consent ~2 need ~3 give",
)
STEP_QUESTIONS = ("step ~5 consent", "consent ~5 step", "need|must whether")

# The trouble is over: said after the error, or alone.
SOLVED = (
    "now ~3 <!not found|see|found_p",
    "<!not entered",
    "solved",
    "now not say|ask|shown",
    "diary ~1 <!not found_p",
)
NO_LONGER = ("now not say|ask|shown",)
CONTRAST = ("but", "still", "again_till", "not let_in")
# «дневник не найден, хотя у мужа открылся»: good news from elsewhere.
NOT_SOLVED = ("elsewhere ~4 <!not entered|solved|found|see|found_p",)
# Whether one can do without, asked before it was tried: the error itself was perhaps not seen.
WONDERING = ("may whether ~5 without ~3 consent|permit",)

# Words that only the child's screen has, in any mangling or paraphrase; and those that only the adults' screens have.
CHILD_WORDS = (
    "please_ask ~2 parent",
    "please_ask|ask ~1 parent ~2 tell|tell_imp",
    "parent ~1 tell_they",
    "please_ask ... tell",
    "parent ~1 tell ~1 about_it",
    "consent|permit one_of|of|my~4 parent_of",
    "consent one_of",
    "one_of of parent",
    "parent_adj consent|permit",
    "parent ~2 not agree|permit_v",
    "need|must|ask|until ~3 parent ~2 agree|permit_v|give",
    "parent ~1 must ~3 agree|permit_v|give|consent",
    "without ~1 parent",
)
ADULT_WORDS = ("tell_imp about about_it", "tell_imp ~2 via", "necess consent", "directed ~3 cabinet", "go by link")

# The neighbouring problems, the first that fits.
TOPIC_SIGNS: dict[Topic, tuple[str, ...]] = {
    Topic.FORGOTTEN_PASSWORD: (
        "forget ~3 password",
        "not ~1 know ~1 password",
        "password ~4 forget|wrong",
        "password ~3 not ~1 forget",
    ),
    Topic.NO_CODE: (
        "code ~6 not ~2 came",
        "not ~2 came ~3 code",
        "no ~2 code",
        "code ~2 no",
        "wait ~2 code",
        "code ~2 on ~1 old",
        "not can_i ~1 give ~1 code",
        "code ~4 wrong",
    ),
    Topic.ACCOUNT_LIMITED: (
        "account|gosuslugi ~4 limited",
        "limited ~3 account|gosuslugi|login",
        "seventy_two ~1 limited",
        "login ~2 limited",
        "limited ~2 activity",
    ),
    Topic.ACCOUNT_NOT_CONFIRMED: (
        "account ~4 not ~1 confirmed",
        "not ~1 confirmed ~4 account",
        "need|ask|must ~3 confirmed ~3 account",
        "account ~3 need ~1 confirmed",
        "account ~2 simple",
        "confirm_v ~2 account",
        "account ~2 confirm_v",
        "say ~1 confirm_v",
        "simple ~2 account",
        "account ~4 simple",
    ),
    Topic.CHILD_ACCOUNT: (
        "not ~3 create ~3 child ~2 account",
        "not ~3 create ~3 account ~2 child",
        "child ~2 account ~3 not ~2 create",
        "account ~2 child ~3 not ~2 create",
        "no ~2 create ~2 account",
        "check_w ~2 child ~2 not ~1 passed",
        "check_w ~3 not ~1 passed",
        "not ~2 create ~2 account",
        "child ~2 not ~2 create ~2 account",
        "stranger|account ~3 taken",
    ),
    Topic.SERVICE_DOWN: (
        "system|diary|gosuslugi|stranger ~5 down",
        "down ~3 system|diary|gosuslugi",
        "server_error",
        "down",
        "gosuslugi ~1 not ~1 wont_open",
        "system|diary not works",
    ),
}
