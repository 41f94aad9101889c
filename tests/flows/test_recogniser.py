"""The recogniser: each kind of mangling by itself, the near misses, the path, and any text at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.guide import instruction
from bot.flows.guide.instruction import Error, Path, Topic
from bot.flows.understanding import Verdict, recognise
from tests.corpus.tiresome import TIRESOME, longest

DIARY, CONSENT = Error.DIARY_NOT_FOUND, Error.CONSENT_REQUIRED


@pytest.mark.parametrize("wording", instruction.WORDINGS, ids=lambda wording: f"{wording.error}-{wording.paths[0]}")
def test_every_wording_word_for_word_is_sure(wording: instruction.Wording) -> None:
    for path in wording.paths:
        found = recognise(wording.text, path)
        assert (found.error, found.path, found.verdict) == (wording.error, path, Verdict.SURE)


@pytest.mark.parametrize(
    ("kind", "text", "error"),
    [
        ("capitals", "ВАШ ДНЕВНИК НЕ НАЙДЕН", DIARY),
        ("line breaks", "для\nвхода\nв дневник\nнеобходимо\nсогласие", CONSENT),
        ("exclamations", "Ваш!!! дневник!!! не!!! найден!!!", DIARY),
        ("quotes", "„Ваш дневник“ «не найден»", DIARY),
        ("emoji between", "дневник 😭 не 😭 найден", DIARY),
        ("invisible characters", "ваш дне\u200bвник не най\u00adден", DIARY),
        ("no-break spaces", "для\u00a0входа\u202fв дневник необходимо согласие", CONSENT),
        ("zalgo", "д̷н̸е̶в̴н̵и̷к̸ н̶е̴ н̵а̷йден", DIARY),
        ("spaced out", "В А Ш  Д Н Е В Н И К  Н Е  Н А Й Д Е Н", DIARY),
        ("html", "<b>Ваш</b>&nbsp;<i>дневник</i> не&nbsp;найден", DIARY),
        ("typos", "ваш днвеник не нйаден", DIARY),
        ("spelt by ear", "дневник ни наден гаварит", DIARY),
        ("run together", "дневник ненайден", DIARY),
        ("torn apart", "для вхо да в дневник необходимо согла сие", CONSENT),
        ("hyphenated", "Для входа в дневник необходимо согла-\nсие", CONSENT),
        ("look-alike letters", "Baш днeвниk нe нaйдeн", DIARY),
        ("digits for letters", "Для вх0да в дневник нужн0 согла3ие одного из р0дителей", CONSENT),
        ("optical reader", "Для вxoла в лневннк пeoбxoдимo\nсоглаcие. Пеpейднте по\nсcыпке", CONSENT),
        ("keyboard layout", "dfi lytdybr yt yfqlty", DIARY),
        ("keyboard layout, a comma", "ytj,[jlbvj cjukfcbt", CONSENT),
        ("translit", "vash dnevnik ne nayden", DIARY),
        ("translit with j", "vash dnevnik ne najden", DIARY),
        ("translit with digits", "soobwite o nej 4erez formu obratnoj svjazi", DIARY),
        ("translit among Russian", "там soglasie одного из родителей просят", CONSENT),
        ("cut at the end", "Ваш дневник не най", DIARY),
        ("cut at the start", "направленного в ваш личный кабинет на Госуслу", CONSENT),
        ("cut on both sides", "решить проблему, сообщите о ней через", DIARY),
    ],
)
def test_mangling(kind: str, text: str, error: Error) -> None:
    found = recognise(text, Path.PARENT)
    assert (found.error, found.verdict) == (error, Verdict.SURE), kind


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("пишет что дневника нет", DIARY),
        ("не видит дневник сына", DIARY),
        ("система не смогла найти мой дневник", DIARY),
        ("просит согласие мамы", CONSENT),
        ("не пускает в дневник без согласия", CONSENT),
        ("не войду пока папа не согласится", CONSENT),
        ("забыла поставить согласие в первый раз, теперь дневник закрыт", CONSENT),
    ],
)
def test_own_words(text: str, error: Error) -> None:
    assert recognise(text).error is error


@pytest.mark.parametrize("ending", ["е", "я", "ю", "ем", "и", "й", "ям", "ями", "ях"])
def test_every_form_of_a_word_is_the_word(ending: str) -> None:
    assert recognise(f"пишет что-то о согласи{ending} родителей").error is CONSENT


def test_error_in_the_middle_of_a_long_message() -> None:
    story = "Мы переехали летом, ребёнок учится в третьем классе, оценки ему ставят. " * 12
    found = recognise(f"{story} Захожу, а там: ваш дневник не найден. {story}", Path.PARENT)
    assert (found.error, found.verdict) == (DIARY, Verdict.SURE)


@pytest.mark.parametrize(
    "text",
    [
        "когда в дневнике появятся оценки?",
        "в дневнике не вижу домашнее задание",
        "согласие на экскурсию где подписать",
        "нужно согласие родителей на медосмотр",
        "нужно согласие на что-нибудь ещё",
        "родители не пускают гулять",
        "потеряли дневник, бумажный",
        "пользователь не найден",
        "страница не найдена",
        "на каком шаге давать согласие",
        "как дать согласие в школьном портфолио",
        "теперь дневник находит, спасибо",
        "согласие выдали, вошли с первого раза",
        "больше не пишет, что дневник не найден",
        "я согласен, спасибо",
        "дневник не открывается",
        "логин и пароль верные, а войти не могу",
        "Вы выиграли! Необходимо перейти по ссылке",
        "как решить проблему с питанием",
        "спасибо",
        "",
        "ошибка пропала, дневник найден",
        "раньше писал дневник не найден, сегодня открылся",
        "при входе просит согласие на обработку куки",
        "папа не разрешает телефон",
        "не найден учитель математики в дневнике",
        "не приходит уведомление о зачислении",
    ],
)
def test_near_misses_are_not_errors(text: str) -> None:
    found = recognise(text, Path.PARENT)
    assert (found.error, found.verdict) == (None, Verdict.NONE)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("можно ли войти в дневник без согласия родителей?", CONSENT),
        ("пишет дневник на найден", DIARY),
        ("родители должны подтвердить", CONSENT),
        ("уведомление о согласии родителям так и не пришло", CONSENT),
        ("уведомление не приходит", CONSENT),
        ("пришло уведомление с ссылкой, что с ним делать", CONSENT),
    ],
)
def test_what_is_near_an_error_is_asked_about(text: str, error: Error) -> None:
    found = recognise(text, Path.CHILD)
    assert (found.error, found.verdict) == (error, Verdict.DOUBTFUL)


def test_it_is_still_an_error_where_good_news_came_before() -> None:
    assert recognise("вчера вошли, а сегодня дневник не найден").verdict is Verdict.SURE
    assert recognise("согласие дала, но всё равно пишет необходимо согласие").verdict is Verdict.SURE


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("не помню пароль госуслуг", Topic.FORGOTTEN_PASSWORD),
        ("родители не знают пароль от госуслуг", Topic.FORGOTTEN_PASSWORD),
        ("родители должны подтвердить учётную запись", Topic.ACCOUNT_NOT_CONFIRMED),
        ("смска с кодом так и не пришла", Topic.NO_CODE),
        ("учётка на госуслугах не подтверждена", Topic.ACCOUNT_NOT_CONFIRMED),
        ("аккаунт заблокирован на 72 часа", Topic.ACCOUNT_LIMITED),
        ("взломали госуслуги", Topic.ACCOUNT_LIMITED),
        ("не получается создать детскую учётную запись", Topic.CHILD_ACCOUNT),
        ("сайт дневника лежит", Topic.SERVICE_DOWN),
        ("капча замучила", None),
    ],
)
def test_neighbouring_problems(text: str, topic: Topic | None) -> None:
    found = recognise(text)
    assert (found.error, found.topic, found.verdict) == (None, topic, Verdict.NONE)


def test_an_error_leaves_no_topic() -> None:
    found = recognise("дневник не найден, и пароль забыла")
    assert (found.error, found.topic) == (DIARY, None)


@pytest.mark.parametrize("path", [None, *Path])
@pytest.mark.parametrize(
    "text",
    [
        "Ваш дневник не найден, попросите родителей сообщить о ней",
        "нужно согласие одного из родителей",
        "пишет про согласие мамы",
        "не войду в дневник, пока папа не согласится",
    ],
)
def test_words_of_the_child_s_screen_decide_the_path(text: str, path: Path | None) -> None:
    assert recognise(text, path).path is Path.CHILD


@pytest.mark.parametrize("text", ["дневник не найден, сообщите о ней через форму", "для входа необходимо согласие"])
def test_adults_wording_on_the_child_s_path_must_be_asked(text: str) -> None:
    assert recognise(text, Path.CHILD).path is None
    assert recognise(text, Path.PARENT).path is Path.PARENT
    assert recognise(text, None).path is None


@pytest.mark.parametrize("path", [None, *Path])
def test_undecided_text_keeps_the_given_path(path: Path | None) -> None:
    assert recognise("дневник не найден", path).path is path


def test_two_errors_in_one_message() -> None:
    found = recognise(
        "необходимо согласие. Перейдите по ссылке из уведомления. А у мужа дневник не найден", Path.PARENT
    )
    assert (found.error, found.also) == (CONSENT, (DIARY,))


def test_a_doubtful_one_names_its_candidates() -> None:
    found = recognise("у меня не нашёлся дневник", Path.PARENT)
    assert (found.verdict, found.error, found.candidates) == (Verdict.DOUBTFUL, DIARY, (DIARY,))


@given(st.text(st.characters(), max_size=300), st.sampled_from([None, *Path]))
def test_any_text_is_answered(text: str, path: Path | None) -> None:
    found = recognise(text, path)
    assert 0 <= found.confidence <= 1
    assert (found.error is None) == (found.verdict is Verdict.NONE)
    assert found.topic is None or found.error is None


@given(st.text(st.sampled_from("дневникнайсоглродитей \n<>&;.|-\ud800\u0301😀"), max_size=200))
def test_scraps_of_the_wordings_are_answered(text: str) -> None:
    assert recognise(text).verdict in set(Verdict)


@pytest.mark.parametrize("unit", TIRESOME)
@pytest.mark.timeout(60)  # against a pattern that tries for ever; how long it takes stands in `make bench`
def test_the_longest_text_is_answered(unit: str) -> None:
    assert recognise(longest(unit)).verdict in set(Verdict)
