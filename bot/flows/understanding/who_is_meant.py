"""Gives the meaning of a text that tells who writes, how old a pupil is, or whose login or account is meant."""

from bot.flows.content import Reader
from bot.flows.understanding import short_answers, talk, typed_labels, who_writes
from bot.flows.understanding.examples import Act
from bot.flows.understanding.meaning import Context, Kind, Meaning
from bot.flows.understanding.recogniser import Recognition

_SHORT = 6  # words: an answer to a question; more of them tell a story
FEW = 2  # words
ASKS_WHO = ("role", "age", "whose")
_OPEN_QUESTION = {None: "role", Reader.PUPIL: "age", Reader.PARENT: "whose"}  # what tells the path, by who is known
ANSWERED_SHORTLY = (*ASKS_WHO, "account", "login")


def told_in_few_words(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives who writes or whose account it is where a text says that and hardly more: «мне нет 18», «под своей захожу».

    «Нет» and «не» are of an error as well, so that only an age, a text of two words, or one that says whose it is not
    and no more («не под своей»), may have them.
    """
    text = who_writes.without_answer_before(text)
    may_deny = len(text.split()) <= FEW or short_answers.only_denies(text)
    may_deny = may_deny or not who_writes.denies(short_answers.plain(text))
    is_age = is_short(text) and _age(text, context, context.here.kind) is not None
    if not is_age and not (may_deny and short_answers.is_answer(text)):
        return None
    return role_told(text, context, recognition) or account_told(text, context, recognition)


def is_age_alone(text: str, context: Context) -> bool:
    """Tells whether a text answers the question who writes by an age, and says nothing else."""
    asked = context.here.kind
    is_answer = asked in ASKS_WHO and is_short(text) and short_answers.is_usual(text)
    return is_answer and who_writes.read_age(text) is not None


def only_denies(text: str, context: Context) -> bool:
    """Tells whether a text answers who writes by «не родитель»: it is no error and no topic."""
    return context.here.kind in ASKS_WHO and short_answers.only_denies(text)


def role_told(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives who writes, their age or whose login it is, where the screen asks that, or nobody has answered it yet."""
    asked = context.here.kind
    told = None if asked in ANSWERED_SHORTLY else typed_labels.says_role(text)
    if told and context.here.reader not in (told, None):
        return Meaning(Kind.ROLE, reader=told)  # who has chosen the other role takes that back
    if context.path is None and asked not in ASKS_WHO:
        # Nobody has answered it yet, so an answer counts below any screen; a bare age where that was asked for.
        is_age = context.here.reader is Reader.PUPIL and who_writes.read_age(text) is not None
        asked = _OPEN_QUESTION[context.here.reader] if is_age or recognition.act is Act.ROLE else asked
    is_asked = asked in ASKS_WHO
    said = short_answers.plain(who_writes.without_answer_before(text)) if is_asked and is_short(text) else text
    age = _age(text, context, asked)
    role = who_writes.read_role(said)
    if is_asked and short_answers.only_denies(said):
        role = Reader.PARENT if role is Reader.PUPIL else None  # who is no parent may be a pupil, or a teacher
    if role is None and asked == "role" and is_short(text) and who_writes.is_pupil(said):
        role = Reader.PUPIL  # «я ученик, мама на работе»
    answers_who = is_asked and is_short(text) and short_answers.tells_who(text, asked, age)
    if recognition.topic and not answers_who:
        return None  # «кто из родителей даёт согласие?» names a parent, and tells nothing of who writes
    if asked == "whose" and not who_writes.is_pupil(said):
        return _whose(said, age, context, recognition)
    if age is not None and asked in ("role", "age"):
        is_of_other = role is Reader.PARENT or who_writes.speaks_of_other(text)
        is_of_other = is_of_other and not who_writes.tells_own_minority(text, age)
        reader = Reader.PARENT if is_of_other else Reader.PUPIL
        return Meaning(Kind.ROLE, reader=reader, path=context.pack.path_of_age(age))
    wants_in = recognition.act is Act.CANNOT_LOGIN or talk.wants_help(text)
    is_told = is_asked and (is_short(text) or wants_in or short_answers.presents_itself(text))
    return Meaning(Kind.ROLE, reader=role) if is_told and role and role is not context.here.reader else None


def _whose(said: str, age: int | None, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives whose login a parent means. Below a topic of the same words the answer to the question counts."""
    if age is not None:
        is_own = who_writes.speaks_of_self(said) and who_writes.read_role(said) is not Reader.PARENT
        is_own = is_own or who_writes.tells_own_minority(said, age)
        reader = Reader.PUPIL if is_own else Reader.PARENT
        return Meaning(Kind.ROLE, reader=reader, path=context.pack.path_of_age(age))
    # A parent, or words that answers are made of: «удалите мои данные» is no «под моей».
    is_answer = who_writes.read_role(said) is Reader.PARENT or short_answers.is_usual(said)
    is_answer = is_answer and is_short(said) and not short_answers.only_denies(said)
    path = who_writes.read_whose(said, context.pack) if is_answer else None
    if path:
        return Meaning(Kind.ROLE, reader=Reader.PARENT, path=path)
    is_told = short_answers.is_usual(said) and not who_writes.denies(said) and not talk.is_question(said)
    return pupil_named(said, context, recognition) if is_told else None


def _age(text: str, context: Context, asked: str) -> int | None:
    """Gives the age that a text tells, by words of answers as well where a question of these is asked."""
    age = who_writes.read_age(text)
    if age is not None or asked not in ASKS_WHO or not is_short(text) or talk.is_question(text):
        return age
    return short_answers.read_age(text, context.pack, asked)


def teacher_told(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives a teacher, where the screen asks who writes: they are neither of the two."""
    if context.here.kind not in ASKS_WHO or recognition.topic:
        return None
    is_answer = recognition.act is Act.ROLE or len(text.split()) <= FEW
    return Meaning(Kind.TEACHER) if who_writes.is_teacher(text, is_answer) else None


def account_told(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives whose account it was, where the screen asks that."""
    if context.here.kind not in ("account", "login") or not is_short(text):
        return None
    whose = short_answers.read_account(text, context.here.reader)
    return Meaning(Kind.ACCOUNT, reader=whose) if whose else None


def pupil_named(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives a pupil where the screen asks which one goes in: that does not tell how old they are."""
    is_named = context.here.kind == "whose" and who_writes.names_child(text)
    return Meaning(Kind.PUPIL_NAMED) if is_named else None


def is_short(text: str) -> bool:
    """Tells whether a text is an answer to a question: a longer one tells a story."""
    return len(text.split()) <= _SHORT
