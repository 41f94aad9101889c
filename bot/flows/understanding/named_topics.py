"""Neighbouring problems that screens and browsers name by words of their own: a VPN, a certificate, a session, MAX.

These words mean the same whatever stands beside them, so patterns of the text itself find them before the looser signs
of signs.py are asked: «Доступ к сайту ограничен, отключите VPN» speaks of no blocked account. MAX is also
the messenger in which classes chat, and a person's name: it counts only where a code or a confirmation is spoken of
beside it, or where one lacks or installs it.
"""

import re

from bot.flows.guide.instruction import Topic

_CHILD = r"(?:реб[её]н\w{1,4}|дет[яейи]\w{0,3}|сын\w{0,3}|доч\w{1,5})"
_NOT_SHOWN = r"не\s?(?:вид|отобра|показ|появ|добав|привяз|подтян|пускает|наход|найд)"
_PATTERNS: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    (
        Topic.VPN,
        re.compile(
            r"\b[vв][pрп][nн]\b|\bпрокси\b|\bproxy\b|российск\w{0,3}\s(?:ip|айпи)|(?:ip|айпи)\W{0,3}адрес\w{0,4}\sроссии"
            r"|из\sвашей\sстраны|за\sпределами\s(?:рф|росси)"
        ),
    ),
    (
        Topic.CERTIFICATE,
        re.compile(
            r"err_cert|net::err_ssl|(?:подключение|соединение)\s(?:\w{1,20}+\s)?не\s?(?:за[щш]и[щш]|безопасн)"
            r"|сертификат\w{0,3}\s(?:безопасности|сайта|недействит|не\s?действит|не\s?довер|просроч|истек)"
            r"|(?:недействит\w{1,9}+|просроч\w{1,9}+|нет|проблема с)\s(?:\w{1,20}+\s)?сертификат\w{0,3}\s?"
            r"(?:$|безопасн|сайта|[.,!])"
            r"|минцифр\w{0,3}\sсертификат|сертификат\w{0,3}\sминцифр|ssl[- ]?сертификат|your connection is not private"
        ),
    ),
    (
        Topic.SESSION_EXPIRED,
        re.compile(
            r"сесси\w{1,2}\s(?:\w{1,20}+\s)?(?:ист[её]к|заверш|законч|устар|просроч|прерван)|ист[её]к\w{0,3}\s(?:время\s)?сесси"
            r"|session\s(?:has\s)?expired|ошибк\w{1,2}\s(?:при\s)?авторизац|авторизаци\w{1,2}\sне\s?(?:удал|прош|выполн)"
            r"|не\s?удалось\sавторизова"
        ),
    ),
    (
        Topic.NO_CODE,
        re.compile(
            r"(?:\bв|через|из)\s(?:мессендж\w{0,4}\s)?[«\"]?(?:max|ма[кх]с)\b.{0,60}?(?:\bкод|подтвер"
            r"|\bне\s?(?:при(?:ш|ход|сл|сыл)|получ|достав))"
            r"|(?:код|подтвер|вход|вхож|войти).{0,60}?(?:\bв|через|из)\s(?:мессендж\w{0,4}\s)?[«\"]?(?:max|ма[кх]с)\b"
            r"|(?<!дневнике\s)(?<!журнале\s)(?:нет|скача\w{1,3}|установ\w{1,5})\s(?:мессендж\w{0,4}\s)?[«\"]?"
            r"(?:max|макса?)\b(?!\sв\s(?:дневник|журнал|списк|класс|\d))"
        ),
    ),
    (
        Topic.SECOND_CHILD,
        re.compile(
            rf"{_CHILD}\s(?:уже|был)\s(?:добавлен|привязан)|(?:добавлен|привязан)\w{{0,2}}\s(?:к\s)?друг\w{{2,3}}\sродител"
            rf"|{_NOT_SHOWN}.{{0,30}}?(?:втор\w{{2,4}}|друг\w{{2,3}}|младш\w{{2,3}}|старш\w{{2,3}})\s{_CHILD}"
            rf"|(?:втор\w{{2,4}}|младш\w{{2,3}}|старш\w{{2,3}})\s{_CHILD}.{{0,30}}?(?:{_NOT_SHOWN}|нет\b)"
            rf"|(?:видно|показывает|виден)\sтолько\sодн\w{{1,3}}\s(?:из\s)?{_CHILD}"
        ),
    ),
)
_SPACES = re.compile(r"\s+")
_LONGEST = 4096  # characters; the text of a picture may be longer, and its beginning tells the same


def named_topic(text: str) -> Topic | None:
    """The problem that a text names by its usual words, the first of the table; None for any other text."""
    seen = _SPACES.sub(" ", text[:_LONGEST].casefold())
    return next((topic for topic, pattern in _PATTERNS if pattern.search(seen)), None)
