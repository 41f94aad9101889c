"""Tells by its words whether a message of the school answers, requests something of the family, or promises an answer.

«Помогло?» makes sense below an answer alone. The words of a request and of a promise are few, and a message that also
says what to try, or that something is mended, is an answer: in doubt the buttons stand there.
"""

import re
from enum import StrEnum, auto

from bot.flows.plain_letters import plain_letters


class Sort(StrEnum):
    """The sorts of messages that a school writes to a family."""

    ANSWER = auto()
    REQUEST = auto()
    PROMISE = auto()


_LONGEST = 4096  # characters that are looked at
_SENTENCES = re.compile(r"[.!…\n]+|(?<=\?)")
# «Не исправили», «ещё не внесли» mend nothing, and «попробуем разобраться» asks for no try.
_TRY = re.compile(
    r"\b(?<!не )(попробуй(те)?|попробовать|пробуй(те)?|провер(ь|ьте|ено|ены|или|ила|ил)|(пере)?(зайди|войди)(те)?"
    r"|(открой|обнови|нажми|перейди)(те)?|можно( еще раз| снова)? (войти|зайти|входить|заходить|пробовать)"
    r"|исправ(или|ила|ил|лено|лены)|поправ(или|ила|ил|лено|лены)|сделал[аи]?|сделано|внесли|внесла|внес|готово"
    r"|восстанов(или|ила|ил|лен[аоы]?)|получилось|помогло|заходит|открывается|открылся|заработал\w*"
    r"|должн[аоы]( \w+)? (за)?(работать|открыться|открываться|появиться|получиться|войти|зайти|пустить|пускать|быть)"
    r"|должен( \w+)? (за)?(работать|открыться|открываться|появиться|войти|зайти|быть))\b"
)
_REQUEST = re.compile(
    r"\b((при|вы|пере)?шли(те)?|отправь(те)?|(на|о)пиши(те)?|укажи(те)?|уточни(те)?|сообщи(те)?|(под|рас)?скажи(те)?"
    r"|назови(те)?|покажи(те)?|сфотографируй(те)?|(написать|прислать) (прямо )?сюда)\b"
)
_IF = re.compile(r"\b(если|когда)\b")  # «если не выйдет, напишите» asks for nothing now
_PROMISE = re.compile(
    r"\b(ответ(им|ит|ят)|отвечу|провер(им|ю|ит|ят)|проверя(ем|ю|ют)|(по)?смотр(им|ю|ит|ят)|разбер(емся|усь|ется|утся)"
    r"|разбира(емся|юсь|ются)|уточн(им|ю|ит|ят)|уточня(ем|ю|ют)|узна(ем|ю|ют)|исправ(им|лю|ит|ят)|исправля(ем|ю|ют)"
    r"|реш(им|у|ит|ат)|реша(ем|ю|ют)|переда(дим|м|ст|дут|ли|ла|л|но)|сообщ(им|у|ит|ат)|напиш(ем|у|ет|ут)"
    r"|внес(ем|у|ет|ут)|постара(емся|юсь)|(пере|по)звон(им|ю|ит|ят)|свяж(емся|усь|ется|утся)|займ(емся|усь|ется|утся)"
    r"|занима(емся|юсь|ется|ются)|верн(емся|усь)|жд(ем|у) ответа|подожди(те)?|ожидайте|в работе)\b"
)


def sort_of(text: str) -> Sort:
    """Gives the sort of a message of the school by its text, which may be of any length."""
    said = plain_letters(text[:_LONGEST])
    if _TRY.search(said):
        return Sort.ANSWER
    sentences = [one.strip(" )(") for one in _SENTENCES.split(said) if one.strip(" )(")]
    if any(_REQUEST.search(one) and not _IF.search(one) for one in sentences):
        return Sort.REQUEST
    if sentences and sentences[-1].endswith("?"):
        return Sort.REQUEST
    return Sort.PROMISE if _PROMISE.search(said) else Sort.ANSWER
