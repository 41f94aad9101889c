"""Hints at an error in families' freest words, by stems that stand near each other: enough to ask, never to be sure.

The phrases of signs.py name their words in order; here the order is free and the subject may be left out: «пускает
только если предки одобрят», «электронка меня не знает». What is found here is asked about, so it may be generous.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.flows.guide.instruction import Error
from bot.flows.understanding.normalise import BREAK

_REACH = 10  # words to either side of the hint's first word: two short sentences
_CLOSE = 3
_CACHE_LIMIT = 20_000

_STEMS = {
    "assent": "соглас согла[шщ]а саглас разреш розреш одобр дозвол позвол апрув аппрув добро$ отмашк благослов санкци"
    " соизвол",
    "confirm": "подтвер потвер",
    "data": "персональн персданн перс$ обработк опд$ пдн?$",
    "parent": "родител радител родак предк предок мам[ауеойки]*$ мамин мамочк мамул мать$ матер маман пап[ауеойки]*$"
    " папин папочк бат[яиюе]$ батин отец$ отц опекун взросл представител законн бабушк бабул дедушк тет[яиюе]$"
    " семь[еия]",
    "diary": "дневни днивни дневне журнал жернал электронк эжд элжур эжур",
    "login": "вход$ вхо[дж] войт войд вош зайт захо[дж] зайд зашо зашл залог логин авториз попас попад доступ"
    " пуска пусти пустя пуст$ впус допус откро открыв покаж закрыт",
    "let": "пуска пусти пустя впус допус войт зайт попас попад откро открыв открыт покаж пройт дает$ дают$ дали$"
    " войд зайд",
    "shut": "закрыт заблок закры[лв]",
    "link": "ссыл[кок] сылк",
    "notice": "уведом увидом оповещ письм",
    "gos": "госусл гос[аыу]?х?$ госуслуг гослуг есиа$ лк$ гу$ кабинет портал",
    "system": "систем сист$ сервис сайт портал программ прилож прилаг база$ базе$ реестр оно$",
    "first": "перв",
    "demand": "треб прос[яи]т просьб попрос запр[ао]с ждет ждут жди хоч[еу]т хотят вел[ия]т спрос спраш добив клянч"
    " вымог выпраш",
    "must": "нужн надо$ нада$ обязан должн должен необход понадоб долж$",
    "until": "пока$ покуда пусть$ сначала сперва чтоб иначе прежде без$ после$",
    "refuse": "отклон отказ отверг отмен проигнор",
    "pressed": "наж[ай] жал[аи]?$ ткну тыкну постав дал[аи]?$ давал подпис галоч кликн",
    "says": "пиш говор сказ надпис сообщен экран ошибк выда[еёл] вылез выско выска выкид табличк окошк окно$"
    " утвержд твердит дескать мол$ вышло$ грит$ ответ типа$ типо$",
    "not": "не$ ни$ нэ$",
    "find": "найд наид нашл нашел нашол наход нахож вид[иея][тм] видн видел узна[её]т зна[её]т знают знал[аио]?$ отыс"
    " разыс обнаруж сыск существ числ[ия] значит?с значусь заведен завод подтян подвяз привяз определ распозн опозна"
    " прикреп курс[еа]$",
    "able": "мож[еу]т мог смо[гж] удал удае состоян получ выход умеет способ",
    "absent": "нет$ нету$ нетути нема$ отсутств пуст[оа]$ пустой пропа[лд] исчез потерял[аои]?с удал[её]н испарил"
    " слетел куда-то",
    "me": "меня$ мне$ мен$ мой$ мое[гм] мо[яюи]$ сам$ нас$ нам$ наш его$ ее$ ребен сын дочь дочер дочк доч[аи]$ внук"
    " внуч брат сестр учени",
    "question": "где$ куда$ как$ когда$ зачем$ как[аоиу][еяйюм]$ сколько$ можно$ почему$ ли$ кто$ кому$",
    "account": "учетк учетн аккаунт акк$ личност профил возраст парол код[аыуо]?м?$ смс робот капч почт телефон[ау]?м?$"
    " снилс",
    "thing": "пользов страниц снилс заявк заявлен услуг[аиу]$ файл адрес ключ аккаунт запис учетк профил почт номер"
    " документ раздел кнопк вкладк приложени сертифик код$ полис книг учебник шапк посыл кабинет[а]?$ справк телефон$"
    " ссыл уведом письм галоч пункт мест[ао]$ форм[аыу]$ парол интернет времен[иь]?$ выход$ смысл возможн логин данн"
    " доступ желани прав[оа]?$ оценк человек",
    "teacher": "учител классн руковод директ завуч воспитат тренер врач медсест физрук охран секретар психолог родком",
    "near": "экскурс медосм привив съемк поход[а]?$ оценк четверт отпус отпущ гулят прогул секци лагер поезд[ко] театр"
    " музе олимпи соревн турнир конкурс кружк кружок питан столов штор ремонт фото видеос телефонн собак кошк тату"
    " пирсинг уроки?$ урок[аеу] контрольн домашк дз$ задан распис бумажн обложк тетрад библиот посыл штраф приз[ыа]?$"
    " выигр проголос голосов собран справк анализ манту вакцин операц квартир границ парковк посещ отчисл перевод[ае]?$"
    " свадьб работ[уа]$ алгебр двойк тройк пятерк отметк замечан подпись$ подписи$ чат[аеу]?$ банк карт[уые]?$ нянь"
    " бассейн опрос анкет тест каникул огэ егэ впр репетит читател наблюд потерян купить куплю продам"
    " куки$ куков$"
    " звонк линейк выпускн дискотек вынос аттест курит кататьс самокат игр[аыу] раздевал рюкзак портфел пропуск",
}
_PATTERNS = {kind: re.compile("|".join(f"(?:{stem})" for stem in stems.split())) for kind, stems in _STEMS.items()}


@dataclass(frozen=True, slots=True)
class Hint:
    """Kinds of words near each other: `first`, one kind of each of `others` (`a|b`), and none of `unless`.

    `reach` is how many words they may stand from the first one.
    """

    error: Error
    first: str
    others: tuple[str, ...]
    unless: str = "near|teacher|over"
    reach: int = _REACH


@dataclass(frozen=True, slots=True)
class Found:
    """An error that is hinted at; the position of the earliest word that does, and of the one past the hint's first."""

    error: Error
    start: int
    end: int


_BLOCKED = "blocked|demand|must|until"
_HINTS = (
    Hint(Error.DIARY_NOT_FOUND, "unfound", ("diary|school",), "near|thing_by|own_search|assent", 7),
    Hint(Error.DIARY_NOT_FOUND, "unfound", ("system|gos|login", "me"), "near|thing_by|own_search|assent|thing", 6),
    Hint(Error.DIARY_NOT_FOUND, "unfound", ("gos|login", "says"), "near|thing|own_search|assent"),
    Hint(
        Error.DIARY_NOT_FOUND, "absent", ("diary|school", "says|system|gos|login"), "near|thing_by|assent|thing|over", 8
    ),
    Hint(Error.DIARY_NOT_FOUND, "absent", ("diary|school", "me"), "near|thing_by|assent|thing|over", 4),
    Hint(Error.CONSENT_REQUIRED, "assent", ("parent", _BLOCKED + "|login|gos")),
    Hint(Error.CONSENT_REQUIRED, "assent", ("login|diary|school", _BLOCKED + "|says"), "near|teacher|asked|over"),
    Hint(Error.CONSENT_REQUIRED, "assent", ("link|notice|gos", _BLOCKED + "|says|login"), "near|teacher|asked|over"),
    Hint(Error.CONSENT_REQUIRED, "assent", ("demand",), "near|teacher|asked|over", 7),
    Hint(Error.CONSENT_REQUIRED, "unassent", ("says|login|gos|system|data",), "near|teacher|over"),
    Hint(
        Error.CONSENT_REQUIRED, "confirm", ("parent", "login|diary|school|gos|blocked", _BLOCKED), "near|account|over"
    ),
    Hint(Error.CONSENT_REQUIRED, "confirm", ("parent", "demand|until"), "near|account|over|teacher", 6),
    Hint(Error.CONSENT_REQUIRED, "confirm", ("link", "login|diary|school|gos"), "near|account|over"),
    Hint(Error.CONSENT_REQUIRED, "data", ("blocked|refuse|demand|unpressed", "login|diary|school|first|gos|assent")),
    Hint(Error.CONSENT_REQUIRED, "refuse", ("first|notice|data", "blocked|shut")),
    Hint(Error.CONSENT_REQUIRED, "link", ("notice", "demand|blocked|says")),
)

_kinds: dict[str, frozenset[str]] = {}


def hints(words: Sequence[str], like: Callable[[str], str]) -> list[Found]:
    """The errors hinted at, each once. `like` turns a mistyped word into the known one that it is near, if any."""
    positions = _positions(words, like)
    found: dict[Error, Found] = {}
    for hint in _HINTS:
        if hint.error in found or hint.first not in positions:
            continue
        met = next((span for at in positions[hint.first] if (span := _span(hint, at, positions))), None)
        if met:
            found[hint.error] = Found(hint.error, *met)
    return list(found.values())


def _span(hint: Hint, at: int, positions: dict[str, list[int]]) -> tuple[int, int] | None:
    if _nearest(hint.unless, at, positions, hint.reach) is not None:
        return None
    earliest = at
    for kinds in hint.others:
        nearest = _nearest(kinds, at, positions, hint.reach)
        if nearest is None:
            return None
        earliest = min(earliest, nearest)
    return earliest, at + 1


def _nearest(kinds: str, at: int, positions: dict[str, list[int]], reach: int) -> int | None:
    others = [other for kind in kinds.split("|") for other in positions.get(kind, ()) if abs(other - at) <= reach]
    return min(others, key=lambda other: abs(other - at), default=None)


def _positions(words: Sequence[str], like: Callable[[str], str]) -> dict[str, list[int]]:
    """The positions of the words of each kind."""
    kinds = [_kinds_of(word, like) for word in words]
    positions: dict[str, list[int]] = {}
    for at, of_word in enumerate(kinds):
        for kind in of_word:
            positions.setdefault(kind, []).append(at)
    for at in range(len(words)):
        for kind in _together(words, kinds, at):
            positions.setdefault(kind, []).append(at)
    return positions


def _kinds_of(word: str, like: Callable[[str], str]) -> frozenset[str]:
    known = _kinds.get(word)
    if known is None:
        if len(_kinds) >= _CACHE_LIMIT:
            _kinds.clear()
        known = _by_stem(word) or _by_stem(like(word))
        _kinds[word] = known
    return known


def _by_stem(word: str) -> frozenset[str]:
    return frozenset(kind for kind, pattern in _PATTERNS.items() if pattern.match(word))


def _together(words: Sequence[str], kinds: list[frozenset[str]], at: int) -> list[str]:
    """The kinds that only neighbours make: «не» with «найден», «нужен» with «ок», «электронная» with «школа»."""
    word, of_word = words[at], kinds[at]
    before, after = _beside(words, kinds, at, -1), _beside(words, kinds, at, 1)
    found = []
    if "find" in of_word and ("not" in before or {"not", "able"} <= after):
        found.append("unfound")
        if _OWN.match(word):
            found.append("own_search")
        if "thing" in before | after or "teacher" in _beside(words, kinds, at, 1, 1):
            found.append("thing_by")
    if "absent" in of_word and "thing" in _beside(words, kinds, at, 1, 2):
        found.append("thing_by")
    if ("let" in of_word and "not" in before) or "shut" in of_word:
        found.append("blocked")
    if "assent" in of_word and "not" in _beside(words, kinds, at, -1, 2):
        found.append("unassent")
    if "pressed" in of_word and "not" in _beside(words, kinds, at, -1, 1):
        found.append("unpressed")
    if word in ("ок", "окей", "ok") and {"must", "until", "demand", "me"} & _beside(words, kinds, at, -1, 2):
        found.append("assent")
    if "assent" in of_word and "question" in _beside(words, kinds, at, -1, 5):
        found.append("asked")
    if word.startswith("электронн") and at + 1 < len(words) and words[at + 1].startswith(("школ", "дн", "журн")):
        found.append("school")
    if word in ("найден", "нашелся", "нашли") and "not" not in _beside(words, kinds, at, -1, 2):
        found.append("over")
    if word in ("уже", "спасибо", "спс", "ура"):
        found.append("over")
    if _IN.match(word) and not {*words[max(0, at - 3) : at]} & _NOT_YET:
        found.append("over")
    return found


_IN = re.compile("вошл[аи]$|вошел$|зашл[аи]$|зашел$|пустил[ои]?$|впустил|открылс|открылось|получилось$|заработал")
_NOT_YET = frozenset({"не", "чтоб", "чтобы", "пока", "если", "когда", "бы"})
_OWN = re.compile("найду|нахожу|вижу|видим|знаю|знаем|узнаю")


def _beside(words: Sequence[str], kinds: list[frozenset[str]], at: int, side: int, far: int = _CLOSE) -> frozenset[str]:
    """The kinds of up to `far` words before or after, in the same sentence."""
    near: frozenset[str] = frozenset()
    for step in range(1, far + 1):
        other = at + side * step
        if not 0 <= other < len(words) or words[other] == BREAK:
            break
        near |= kinds[other]
    return near
