"""One meaning for each text: what it is depends on the screen, the quote and the picture, and every meaning has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts_ru as texts
from bot.flows.content import Reader
from bot.flows.guide.questions import next_question
from bot.flows.guide.steps import back_to_steps
from bot.flows.guide.views import view
from bot.flows.routes import Route
from bot.flows.screen import School
from bot.flows.understanding import Context, Kind, Meaning, is_over_in_part, understand
from bot.handlers.family import answers
from tests.pack import ADULT_PUPIL, CHILD, DIARY, PACK, PARENT
from tests.world import ERRORS

ROLE = Route("role")
AGE, WHOSE = next_question(Reader.PUPIL), next_question(Reader.PARENT)
STEP = Route("step", None, PARENT, Reader.PARENT, 1)
ACCOUNT = STEP.to("account", "diary_not_found")
UNKNOWN = STEP.to("unknown")
TOPIC = STEP.to("topic", "child_account")
OFFERED = STEP.to("write_offered")
NOBODY = Route("unknown")
ADULTS = ERRORS["adult", "diary_not_found"]
SCREENS = (ROLE, AGE, WHOSE, STEP, ACCOUNT, UNKNOWN)


def meaning_of(text: str, here: Route = STEP, quoted: str = "", pictured: str | None = None) -> Meaning:
    behind = tuple(view(back_to_steps(here), School()).buttons)
    return understand(
        text, Context(PACK, here, tuple(view(here, School()).buttons), behind, here.path, quoted, pictured)
    )


@pytest.mark.parametrize(
    ("here", "text", "kind"),
    [
        (STEP, " \u200b ", Kind.EMPTY), (STEP, "готово", Kind.BUTTON), (STEP, ADULTS, Kind.ERROR),
        (STEP, "забыла пароль", Kind.TOPIC), (ROLE, "я мама", Kind.ROLE), (STEP, "я мама", Kind.NOTHING),
        (AGE, "15", Kind.ROLE), (WHOSE, "сыну 10 лет", Kind.ROLE), (WHOSE, "сына", Kind.PUPIL_NAMED),
        (WHOSE, "бубубу", Kind.NO_ANSWER), (AGE, "много слов, и ни одно из них не возраст", Kind.NO_ANSWER),
        (ROLE, "150", Kind.BAD_AGE), (ROLE, "бубубу", Kind.NO_ANSWER), (ACCOUNT, "мамина", Kind.ACCOUNT),
        (ACCOUNT, "не знаю", Kind.NO_ANSWER), (STEP, "Добрый день!", Kind.GREETING), (STEP, "спасибо", Kind.THANKS),
        (STEP, "впн отключила, всё заработало", Kind.SOLVED),
        (ROLE, "помогите", Kind.CANNOT_LOGIN), (STEP, "войти не получается у дочери 7 класс", Kind.CANNOT_LOGIN),
        (UNKNOWN, "войти не получается у дочери 7 класс", Kind.NOTHING), (STEP, "да", Kind.STRAY_WORD),
        (STEP, "отмена", Kind.STRAY_WORD), (STEP, "позовите человека", Kind.HUMAN), (STEP, "абракадабра", Kind.NOTHING),
        (TOPIC, "готово", Kind.BUTTON), (TOPIC, "да", Kind.STRAY_WORD), (OFFERED, "да, давайте", Kind.BUTTON),
        (OFFERED, "сама напишу", Kind.BUTTON), (TOPIC, "создать обращение", Kind.BUTTON),
        (WHOSE, "свой аккаунт", Kind.ROLE), (NOBODY, "законный представитель", Kind.ROLE),
        (STEP, "ещё не сделала", Kind.STRAY_WORD), (STEP, "потом заполню, сейчас на работе", Kind.STRAY_WORD),
        (STEP, "пока не дала согласие", Kind.STRAY_WORD), (STEP.to("errors"), "пока не дала согласие", Kind.ERROR),
        (STEP, "ой, я не родитель, а ученик", Kind.ROLE), (UNKNOWN, "я ученица", Kind.ROLE),
        (ACCOUNT, "я родитель", Kind.ACCOUNT), (STEP, "я с мамой", Kind.NOTHING),
        (ROLE, "ya mama", Kind.ROLE), (AGE, "pyatnadcat", Kind.ROLE), (WHOSE, "synu 10 let", Kind.ROLE),
        (STEP, "для чего нужно согласие", Kind.TOPIC), (STEP, "непонятно", Kind.NOTHING),
        (ROLE, "мэш не пускает", Kind.NOTHING), (AGE, "не больше", Kind.NO_ANSWER),
        (STEP, "бот, ты живой?", Kind.ABOUT_BOT), (STEP, "ты бот или живой?", Kind.ABOUT_BOT),
        (ROLE, "кто ты такой", Kind.ABOUT_BOT), (STEP, "что ты умеешь?", Kind.ABOUT_BOT),
        (STEP, "это кто из родителей?", Kind.TOPIC), (AGE, "мне нет еще 18 лет", Kind.ROLE),
        (WHOSE, "дочке нет восемнадцати", Kind.ROLE), (WHOSE, "сама мама захожу", Kind.ROLE), (WHOSE, "я", Kind.ROLE),
        (ROLE, "мне нет 18", Kind.ROLE), (ACCOUNT, "под своей захожу", Kind.ACCOUNT), (ACCOUNT, "я", Kind.ACCOUNT),
        (ACCOUNT, "не под своей", Kind.ACCOUNT), (ACCOUNT, "не под учеником", Kind.ACCOUNT),
        (AGE, "мне уже не 17", Kind.NO_ANSWER), (AGE, "уже не 17", Kind.NO_ANSWER), (AGE, "не 17, а 18", Kind.ROLE),
        (ACCOUNT, "своей не находит", Kind.ERROR), (WHOSE, "мой не находит", Kind.ERROR),
        (STEP, "Спасибо большое!", Kind.THANKS), (STEP, "ок, понятно", Kind.THANKS), (STEP, "👍", Kind.THANKS),
        (STEP, "вам спасибо", Kind.THANKS), (TOPIC, "ура, всё заработало, спасибо", Kind.SOLVED),
        (STEP, "спасибо, но не помогло", Kind.NOT_SOLVED), (STEP, "спасибо, опять ошибка", Kind.NOT_SOLVED),
        (STEP, "отключил vpn, всё заработало", Kind.SOLVED), (STEP, "код пришёл и вошла!", Kind.SOLVED),
        (STEP, "впн выключен, дневник открылся", Kind.SOLVED), (STEP, "и открылось окно отключите vpn", Kind.TOPIC),
        (STEP, "теперь открылось: сессия истекла", Kind.TOPIC),
        (STEP, "всё заработало, но код не приходит", Kind.TOPIC), (STEP, "привет, дневник не найден", Kind.ERROR),
        (STEP, "в школу", Kind.HUMAN), (STEP, "написать в школу", Kind.HUMAN), (STEP, "админ", Kind.HUMAN),
    ],
)  # fmt: skip
def test_a_text_has_the_meaning_that_fits_the_screen(here: Route, text: str, kind: Kind) -> None:
    assert meaning_of(text, here).kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "мама заполнила", "папа сделал всё", "родители дали согласие", "мы заполнили данные", "я всё сделала",
        "проверка прошла", "мама сказала что готово", "создали запись", "у нас уже есть", "сделали, дальше что?",
    ],
)  # fmt: skip
def test_a_step_that_is_told_as_done_is_done(text: str) -> None:
    for here in (STEP, Route("step", None, CHILD, Reader.PUPIL, 4)):
        told = meaning_of(text, here)
        assert told.button and told.button.label == texts.B_DONE, text


@pytest.mark.parametrize("text", ["данные проверили?", "мама не заполнила", "проверка не прошла", "мама дала?"])
def test_what_asks_or_denies_is_no_step_done(text: str) -> None:
    told = meaning_of(text)
    assert not told.button or told.button.label != texts.B_DONE


def test_a_longer_first_message_tells_who_writes() -> None:
    for text in (
        "Добрый день, меня зовут Ольга, я мама Артёма из 6б",
        "Добрый вечер. Я отец двоих детей, 3 и 7 класс",
        "Добрый день, я мама Артёма, нам дали ссылку на этого бота",
    ):
        told = meaning_of(text, ROLE)
        assert (told.kind, told.reader) == (Kind.ROLE, Reader.PARENT), text
    for text in (
        "Я мама Артёма, в дневнике почему-то совсем не видно его оценок",
        "я мама, у нас зависает приложение на айфоне после обновления",
        "Здравствуйте, я мама Ивана, хочу забрать документы из школы",
        "я ученик и у меня вчера сломался телефон",
    ):
        assert meaning_of(text, ROLE).kind is not Kind.ROLE, "what else it tells is not passed over"


ASKED = {"role": ROLE, "age": AGE, "whose": WHOSE, "account": ACCOUNT}
PRESSED = {
    "Ученика": "pupil", "Родителя": "parent", "👩 Я родитель": "parent", "🎒 Я ученик": "pupil",
    "Вхожу сам(а)": "parent", "Мне ещё нет 18": "child", "Мне уже 18": "adult", "Помогаю ребёнку до 18": "child",
    "Помогаю ученику 18+": "adult",
}  # fmt: skip
AGES = {CHILD.id: "child", ADULT_PUPIL.id: "adult", PARENT.id: "parent"}


def answer_heard(question: str, text: str) -> str:
    """The label of the answer that a text is understood as below a question; empty where it is none."""
    meaning = meaning_of(text, ASKED[question])
    if meaning.button:
        return PRESSED.get(meaning.button.label, "")
    if meaning.kind is Kind.PUPIL_NAMED:
        return "pupil_no_age"
    if meaning.kind is Kind.ACCOUNT and meaning.reader:
        return meaning.reader.value
    if meaning.kind is not Kind.ROLE or not meaning.reader:
        return ""
    age = AGES[meaning.path.id] if meaning.path else ""
    return "_".join(filter(None, (meaning.reader.value, age))) if question == "role" else age


def held_out_answers() -> list[list[str]]:
    lines = (Path(__file__).parent / "held_out_answers.txt").read_text("utf-8").splitlines()
    return [line.split(" | ") for line in lines if not line.startswith("#")]


def test_answers_are_heard_as_people_type_them() -> None:
    told = [row for row in held_out_answers() if row[0] != "none"]
    missed = [row for row in told if answer_heard(row[0], row[2]) != row[1]]
    assert len(missed) <= 0.03 * len(told), missed


def test_what_answers_nothing_is_seldom_taken_for_an_answer() -> None:
    others = [text for question, _, text in held_out_answers() if question == "none"]
    taken = [(question, text) for text in others for question in ASKED if answer_heard(question, text)]
    assert len(taken) <= 0.08 * len(others) * len(ASKED), taken


# What people say of an age below 18, and from 18 on, with the polite words and the signs that may stand around.
BELOW_18 = (
    "мне нет 18", "мне 18 нет", "мне 18 ещё нет", "18 мне пока нет", "мне нет 18 лет", "мне 18 лет нет",
    "мне 18 лет ещё нет", "мне не 18", "мне не 18 лет", "мне пока не 18", "не 18 мне", "мне не восемнадцать",
    "мне нет 18-ти", "мне нету 18", "мне не исполнилось 18", "не исполнилось мне 18", "18 мне ещё не исполнилось",
    "мне восемнадцати нет", "мне до 18", "мне будет 18 в мае", "нет, мне нет 18", "мне 17",
)  # fmt: skip
FROM_18_ON = (
    "мне 18", "мне уже 18", "мне 18 есть", "нет, мне 18", "нет, мне уже 18", "да, мне 18", "мне исполнилось 18",
    "18 мне уже исполнилось", "мне восемнадцать", "мне больше 18", "мне 19 лет",
)  # fmt: skip
OF_AGE_ALONE = {
    "child": ("18 нет", "18 лет ещё нет", "ещё нет", "не 18", "не исполнилось", "ещё нет, 18 в мае"),
    "adult": ("18", "уже 18", "18 есть", "уже исполнилось", "совершеннолетний", "18 лет"),
}  # fmt: skip
BEFORE = ("", "Здравствуйте, ", "добрый день! ", "Извините, ")
BEHIND = ("", ".", "!", " .", "…", ")", " 🙂", "\n", ", спасибо", ". Помогите", ", помогите пожалуйста!!")


def courteous(answers: Iterable[str]) -> Iterator[str]:
    """Each answer with every greeting before it and every ending behind it."""
    return (f"{before}{told}{behind}" for told in answers for before in BEFORE for behind in BEHIND)


def test_polite_words_and_signs_change_no_age() -> None:
    """«Мне 18 нет.» was 18, for its full stop."""
    for age, told in (("child", BELOW_18), ("adult", FROM_18_ON)):
        for text in courteous(told):
            assert answer_heard("role", text) == f"pupil_{age}", text
            assert answer_heard("age", text) == answer_heard("whose", text) == age, text
        for text in courteous(one.replace("мне", whom) for one in told for whom in ("сыну", "моей дочери")):
            assert answer_heard("role", text) == f"parent_{age}", text
            assert answer_heard("whose", text) == age, text
    for age, alone in OF_AGE_ALONE.items():
        assert not [text for text in courteous(alone) if answer_heard("age", text) != age]


def test_polite_words_alone_and_a_trouble_are_read_as_they_stand() -> None:
    assert meaning_of("Здравствуйте!", AGE).kind is Kind.GREETING
    assert meaning_of("спасибо", WHOSE).kind is Kind.THANKS
    assert meaning_of("помогите пожалуйста", ROLE).kind is Kind.CANNOT_LOGIN
    assert answer_heard("role", "мой ребенок не может войти, помогите") == "parent"
    assert meaning_of("-3, помогите", ROLE).kind is Kind.BAD_AGE
    assert meaning_of("здравствуйте, дневник не найден", AGE).kind is Kind.ERROR


def test_several_children_below_18_have_one_way_in() -> None:
    for text in ("двое детей 8 и 14", "старшему 15, младшему 9", "сыну 10 и дочери 12", "детям 7 и 11"):
        assert answer_heard("whose", text) == "child", text
    assert answer_heard("whose", "сыну 19, дочке 9") == "pupil_no_age"


def test_who_only_says_who_they_are_not_is_asked_again() -> None:
    for text in ("я не родитель", "я не мама", "не мама"):
        assert meaning_of(text, WHOSE).kind is Kind.NO_ANSWER, text
    assert answer_heard("whose", "я не мама, а бабушка") == "parent"
    assert answer_heard("role", "я не ученик, я мама") == "parent"


# Words of answers, in any order and as often as they come.
SCRAPS = ["не", "под", "у", "18", "17", "7", "класс", "учусь", "в", "нет", "ещё", "а", "мама", "ученек", "²", "я"]


@given(st.lists(st.sampled_from(SCRAPS)), st.sampled_from([*ASKED.values()]))
def test_scraps_of_answers_mean_the_same_in_capitals(words: list[str], here: Route) -> None:
    said = " ".join(words)
    meant, loud = meaning_of(said, here), meaning_of(f"  {said.upper()} ", here)
    assert (meant.kind, meant.reader, meant.path) == (loud.kind, loud.reader, loud.path)


def test_a_role_is_told_with_all_that_its_words_say() -> None:
    assert meaning_of("мне 17", ROLE) == Meaning(Kind.ROLE, reader=Reader.PUPIL, path=CHILD)
    assert meaning_of("дочке 18", ROLE) == Meaning(Kind.ROLE, reader=Reader.PARENT, path=ADULT_PUPIL)
    assert meaning_of("я мама", ROLE) == Meaning(Kind.ROLE, reader=Reader.PARENT)


def test_who_tells_of_a_childs_class_is_still_asked_whose_login_it_is() -> None:
    told = meaning_of("я мама второклассницы", ROLE)
    assert (told.kind, told.reader, told.path) == (Kind.ROLE, Reader.PARENT, None)
    own = meaning_of("учусь в 9", ROLE)
    assert (own.reader, own.path) == (Reader.PUPIL, CHILD)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("мой кабинет заморожен", Kind.TOPIC), ("уже не надо, сама разобралась", Kind.SOLVED),
        ("сама напишу", Kind.HUMAN), ("удалите мои данные", Kind.NO_ANSWER),
        ("достали уже со своим дневником", Kind.COMPLAINT),
        ("мой аккаунт", Kind.ROLE), ("сама мама захожу", Kind.ROLE), ("под своей", Kind.ROLE),
    ],
)  # fmt: skip
def test_a_word_for_ones_own_is_an_answer_among_words_of_answers_alone(text: str, kind: Kind) -> None:
    assert meaning_of(text, WHOSE).kind is kind


@pytest.mark.parametrize("here", [ROLE, AGE, WHOSE])
def test_what_an_answer_denies_is_not_heard_as_told(here: Route) -> None:
    for text in ("нету 18", "мне нету 18 лет", "18 нету", "мне 18 лет нет"):
        meaning = meaning_of(text, here)
        assert (meaning.kind, meaning.path) == (Kind.ROLE, CHILD), text
    for text in ("не родитель", "не мама"):
        assert meaning_of(text, here).kind is Kind.NO_ANSWER, text
    assert meaning_of("нет, я мама", here).reader is Reader.PARENT


def test_a_quote_counts_where_the_text_names_nothing() -> None:
    assert meaning_of("вот", quoted=ADULTS).recognition.error == DIARY
    assert meaning_of("забыла пароль", quoted=ADULTS).recognition.topic == "forgotten_password"
    assert meaning_of("вот", quoted="забыла пароль").recognition.topic == "forgotten_password"


def test_words_beside_a_picture_answer_no_question() -> None:
    assert meaning_of("спасибо", pictured="кот").kind is Kind.NOTHING
    assert meaning_of("готово", pictured=ADULTS).is_sure_error
    told = meaning_of("у сына такое", pictured="не приходит код")
    assert (told.kind, told.reader, told.recognition.topic) == (Kind.TOPIC, Reader.PARENT, "no_code")
    assert meaning_of("", pictured="").kind is Kind.NOTHING


def test_personal_data_and_a_question_are_noticed() -> None:
    told = meaning_of("где вкладка? мой снилс 112-233-445 95")
    assert told.is_private and told.is_question
    assert not meaning_of("абракадабра").is_private


@given(st.text(), st.sampled_from(SCREENS), st.text(max_size=40), st.none() | st.text(max_size=40))
def test_any_text_has_one_meaning(text: str, here: Route, quoted: str, pictured: str | None) -> None:
    assert meaning_of(text, here, quoted, pictured).kind in Kind


def test_every_meaning_has_its_answer() -> None:
    assert set(answers.ANSWERS) == set(Kind)


def test_thanks_that_take_themselves_back_are_no_thanks() -> None:
    for text in (
        "помогло, но теперь другая ошибка",
        "почти помогло",
        "мне бы это помогло",
        "Опять не пускает, а помогло",
        "получилось, теперь пропали оценки",
        "спасибо, теперь пускает только меня",
        "помогло, теперь вижу ошибку 500",
        "зашли, теперь просит согласие",
        "спасибо, проверьте ещё сына 3а",
        "спасибо, у меня ещё вопрос",
        "ура получилось! вопрос ещё по старшей",
        "получилось, только показывает другой класс",
        "спасибо зашли а там чужой ребенок",
    ):
        assert is_over_in_part(text), text
    for text in (
        "спасибо, помогло",
        "Получилось! Теперь захожу",
        "Спасибо, теперь всё работает",
        "Снова работает, спасибо",
        "помогло, теперь у нас видно оценки",
        "ещё раз спасибо",
        "спасибо, теперь пускает",
        "теперь поняла, спасибо",
        "спасибо, попробовали ещё раз и зашли",
        "только что зашла, спасибо",
        "скажите спасибо Ольге Петровне",
    ):
        assert not is_over_in_part(text), text
