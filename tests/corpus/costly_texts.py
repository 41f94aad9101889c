"""Texts that cost regular expressions most time, of repeated pieces or random letters: for tests and `make bench`."""

import random

LONGEST = 4096  # characters of a message: Bot API, sendMessage

COSTLY = [
    "1", "1 ", "12 ", "1234 ", "12345 ", "12-", "1-1-", "1\n", "+7 ", "+1", "8 9", "8 800 ", "8 (800)",
    "8 910 123-45-67 ", "телефон ", "телефон 12:30 ", "тел 12 34 ", "номер 1-", "a@", "@", "a@mail ", "a@a-a",
    "a.b", "a собака ", "ivanova собака мейл точка ", "код ", "код: 1", "код: 12 ", "код\0", "вот код 1234. ",
    "4412 смс ", "4412 это ваш код ", "пришел из для смс ", "2025 ", "iv", "11-об", "IVXI-", "II-ОБ № 123456 ",
    "св-во ", "св-во 12 об ", "свидетельство ", "метрика 12ab", "паспорт ", "паспорт 12 ", "серия ", "снилс ",
    "снилс 1", "карта ", "карта 1 ", "пароль ", "пароль\n", "пароль на ", "пароль:", "логин пароль ",
    "логин пароль a ", "ошибка ", "ошибка код ", "ошибка: 1234 567890 ", "(", "[код скрыт]", "😀", "é",
    "a\u200b",
    "не", "&", "<a", "а-\n", "согласие ", "dfi",
    # Words with their own endings repeated, and rows of digits that a pattern may group in many ways.
    "страхов", "телефон", "загран", "метрик", "кодкод", "заявк", "цифр", "подтвержд", "пришел", "1 2 ", "1234567 ",
    "код 1 2 3 4 ", "1234 код\n", "4512 № ", "000 00 00 ", "89101234567", "8(", "(9(", "I-а", "i1|", "№", "12.12.",
    # Answers to the questions of the dialogue.
    "лет", "мне ", "мне уже ", "мне 1", "15 ", "15 лет, ", "скоро 18 ", "до 17 и ", "восемнадцать ", "семнадцать и ",
    "мама ", "я мама ", "я я ", "мамаученик ", "сын ", "дочк", "сама ", "под своей ", "не мой ", "7", "7Б",
    "7 б класс ", "кл. ", "«7»", "седьмой ", "Иванов ", "да ", "да, ", "да неа ", "все равно и это ", "нет нету ",
    "не могу войти ",
    "не могу ", "вход ", "?", "? ", "!", ". ", "спасибо ", "ура!", "👍", "здравствуйте ", "хочу написать ", "можно ли ",
    "помогите ", "не ", "не найден ", "найден не ", "дневник ", "дневник найден ", "не дневник ", "родителей сообщить ",
    "просит согласие родителей ", "и ", "я ", "в", "ъ", "ненайден", "вашдневникне", "neayden ", "lytdybr ", "c o ",
    "а б ", "й\u0306", "\u0301", "\u202e", "\u200b", "\u00a0", "\u2028", "ﷺ", "①", "Ⅱ", "٣", "𝟏", "İ", "ß", "ё-\n",
    # Signs of markup, of links and of commands.
    "<b>", "</b", "&amp;", "&#1;", "&amp", "`", "```", "**", "_", "[a](b", "https://", "http://a.", "t.me/", "tg://user?id=",
    "/", "/start ", "//", "/notice ", "@bot ", "#", "\\", "\n", "\t", "\r\n", "[parameters: ] ", "input_value=", "://a:b",
]  # fmt: skip

_ALPHABETS = (
    "0123456789 -", "01 x", "абв ", "мне1 лет", "().-+7", "нетда ", "«» \n", "Ёё1Б ", "код 1234", "@.aб-", "ivx 1-об",
    "<>&;#ab1", "?!. не", "паролсм: 1", "снил 123\n", "\u0301\u200bа1", "дневник айе", "соглаие рдтй", "qwertyй ",
)  # fmt: skip


def longest(unit: str, length: int = LONGEST) -> str:
    """Makes the longest message that repeats a piece."""
    return (unit * (length // len(unit) + 1))[:length]


def at_random(length: int = LONGEST, seed: int = 14) -> list[str]:
    """Makes long random messages of a few letters, the same at every run: a search through them rarely ends early."""
    rng = random.Random(seed)
    return ["".join(rng.choice(alphabet) for _ in range(length)) for alphabet in _ALPHABETS]
