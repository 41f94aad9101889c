"""The recogniser: each kind of mangling by itself, the near misses, the path, and any text at all."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.content import Path, Wording
from bot.flows.understanding import Verdict, features, learned_model
from tests.corpus.costly_texts import COSTLY, at_random, longest
from tests.pack import ADULT_PUPIL, CHILD, CONSENT, DIARY, PACK, PARENT, PATHS, recognise

# Of the longest message: how often the model looks at it or a part of it, and at how many features in all.
MOST_LOOKS, MOST_FEATURES = 29, 30_000


@pytest.mark.parametrize(
    "wording",
    [wording for error in PACK.errors.values() for wording in error.wordings],
    ids=lambda wording: f"{wording.error}-{wording.paths[0]}",
)
def test_every_wording_word_for_word_is_sure(wording: Wording) -> None:
    for path in map(PACK.path, wording.paths):
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
def test_mangling(kind: str, text: str, error: str) -> None:
    found = recognise(text, PARENT)
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
def test_own_words(text: str, error: str) -> None:
    assert recognise(text).error == error


@pytest.mark.parametrize("ending", ["е", "я", "ю", "ем", "и", "й", "ям", "ями", "ях"])
def test_every_form_of_a_word_is_the_word(ending: str) -> None:
    assert recognise(f"пишет что-то о согласи{ending} родителей").error == CONSENT


def test_error_in_the_middle_of_a_long_message() -> None:
    story = "Мы переехали летом, ребёнок учится в третьем классе, оценки ему ставят. " * 12
    found = recognise(f"{story} Захожу, а там: ваш дневник не найден. {story}", PARENT)
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
    found = recognise(text, PARENT)
    assert (found.error, found.verdict) == (None, Verdict.NONE)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("можно ли войти в дневник без согласия родителей?", CONSENT),
        ("пишет дневник на найден", DIARY),
        ("родители должны подтвердить", CONSENT),
        ("пришло уведомление с ссылкой, что с ним делать", CONSENT),
    ],
)
def test_what_is_near_an_error_reaches_it(text: str, error: str) -> None:
    assert recognise(text, CHILD).error == error


def test_it_is_still_an_error_where_good_news_came_before() -> None:
    assert recognise("вчера вошли, а сегодня дневник не найден").verdict is Verdict.SURE
    assert recognise("согласие дала, но всё равно пишет необходимо согласие").verdict is Verdict.SURE


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("не помню пароль госуслуг", "forgotten_password"),
        ("родители не знают пароль от госуслуг", "forgotten_password"),
        ("родители должны подтвердить учётную запись", "account_not_confirmed"),
        ("смска с кодом так и не пришла", "no_code"),
        ("учётка на госуслугах не подтверждена", "account_not_confirmed"),
        ("аккаунт заблокирован на 72 часа", "account_limited"),
        ("взломали госуслуги", "account_limited"),
        ("не получается создать детскую учётную запись", "child_account"),
        ("сайт дневника лежит", "service_down"),
        ("Госуслуги лежат?", "service_down"),
        ("дневник лёг", "service_down"),
        ("портал госуслуг упал?", "service_down"),
        ("сбой в ЕСИА?", "service_down"),
        ("капча замучила", "captcha"),
        ("уведомление не приходит", "no_notification"),
        ("уведомление о согласии родителям так и не пришло", "no_notification"),
    ],
)
def test_neighbouring_problems(text: str, topic: str | None) -> None:
    found = recognise(text)
    assert (found.error, found.topic, found.verdict) == (None, topic, Verdict.NONE)


def test_an_error_leaves_no_topic() -> None:
    found = recognise("дневник не найден, и пароль забыла")
    assert (found.error, found.topic) == (DIARY, None)


@pytest.mark.parametrize("path", [None, *PATHS])
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
    assert recognise(text, path).path == CHILD


@pytest.mark.parametrize(
    "text", ["дневник не найден, сообщите о ней через форму", "для входа в дневник необходимо согласие"]
)
def test_adults_wording_on_the_child_s_path_must_be_asked(text: str) -> None:
    assert recognise(text, CHILD).path is None
    assert recognise(text, PARENT).path == PARENT
    assert recognise(text, None).path is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("ребёнок вводит свои данные, не мои, и дневник не найден", CHILD),
        ("ввожу свои данные, я мать, и дневник не найден", PARENT),
        ("с телефона сына, но под мамой: дневник не найден", PARENT),
        ("с моего телефона, но под сыном: дневник не найден", CHILD),
        ("пятиклассник зашёл под собой, дневник не найден", CHILD),
        ("совершеннолетний ученик зашёл под собой, дневник не найден", ADULT_PUPIL),
        ("я мама Сони, у нас дневник не найден", None),
        ("у сына просит согласие", None),
    ],
)
def test_who_goes_in_and_with_whose_account_tells_the_path(text: str, path: Path | None) -> None:
    assert recognise(text).path == path


@pytest.mark.parametrize(
    "text",
    [
        "подруга дочки не может зайти, у неё дневник не найден, а у нас всё открыто",
        "раньше писало «дневник не найден», теперь открывается, спасибо",
        "в бассейн не пускают без согласия родителей",
        "приснилось, что дневник не найден",
    ],
)
def test_what_is_over_or_another_s_is_no_sure_error(text: str) -> None:
    assert recognise(text).verdict is not Verdict.SURE


@pytest.mark.parametrize("path", [None, *PATHS])
def test_undecided_text_keeps_the_given_path(path: Path | None) -> None:
    assert recognise("дневник не найден", path).path == path


def test_two_errors_in_one_message() -> None:
    found = recognise("необходимо согласие. Перейдите по ссылке из уведомления. А у мужа дневник не найден", PARENT)
    assert (found.error, found.also) == (CONSENT, (DIARY,))


def test_a_doubtful_one_names_its_candidates() -> None:
    found = recognise("спрашивает родителя", PARENT)
    assert (found.verdict, found.error, found.candidates) == (Verdict.DOUBTFUL, CONSENT, (CONSENT,))


@given(st.text(st.characters(), max_size=300), st.sampled_from([None, *PATHS]))
def test_any_text_is_answered(text: str, path: Path | None) -> None:
    found = recognise(text, path)
    assert 0 <= found.confidence <= 1
    assert (found.error is None) == (found.verdict is Verdict.NONE)
    assert found.topic is None or found.error is None


@given(st.text(st.sampled_from("дневникнайсоглродитей \n<>&;.|-\ud800\u0301😀"), max_size=200))
def test_scraps_of_the_wordings_are_answered(text: str) -> None:
    assert recognise(text).verdict in set(Verdict)


@pytest.mark.slow
@pytest.mark.timeout(120)  # against a pattern that tries for ever; how long it takes stands in `make bench`
def test_the_longest_text_takes_a_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def counted(words: Sequence[str]) -> dict[int, float]:
        found = features.features(words)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(learned_model, "features", counted)
    for text in (*map(longest, COSTLY), *at_random()):
        sizes.clear()
        assert recognise(text).verdict in set(Verdict), text[:20]
        assert len(sizes) <= MOST_LOOKS and sum(sizes) <= MOST_FEATURES, text[:20]
