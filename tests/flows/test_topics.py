"""Topics are recognised by the words of screens and browsers of 2026: a VPN, a certificate, a session, MAX."""

from __future__ import annotations

import pytest

from tests.pack import DIARY, recognise

SAID = {
    "vpn": (
        "Доступ к сайту ограничен, отключите VPN", "Отключите VPN", "Войти можно только с российского IP",
        "выключи впн!",
        "Вы используете VPN или прокси", "Доступ из вашей страны ограничен", "пишет отключите вашу впн сеть",
    ),
    "certificate": (
        "NET::ERR_CERT_AUTHORITY_INVALID", "net::err_cert_date_invalid", "Ваше подключение не защищено",
        "пишет подключение не безопасно", "Соединение небезопасно", "сертификат сайта недействителен",
        "нет сертификата безопасности", "Your connection is not private", "не установлен сертификат Минцифры",
    ),
    "session_expired": (
        "Сессия истекла, войдите заново", "истекло время сессии", "сессия завершена по таймауту",
        "ошибка авторизации ЕСИА",
        "Session expired", "не удалось авторизоваться", "Ваша сессия была завершена",
    ),
    "no_code": (
        "просит подтвердить вход через мессенджер MAX", "код приходит в макс а у меня его нет",
        "код только в max приходит", "Установите МАКС для входа", "нет мессенджера MAX",
        "в макс ничего не приходит", "в MAX не пришёл код", "у меня нет макса в телефоне",
    ),
    "second_child": (
        "Ребёнок уже добавлен другим родителем", "не видно второго ребенка в дневнике",
        "второй ребенок не отображается",
        "показывает только одного ребенка", "младшая дочь в дневнике не появилась",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("topic", "text"), [(topic, text) for topic, said in SAID.items() for text in said])
def test_the_words_of_a_screen_name_the_problem(topic: str, text: str) -> None:
    for form in ("{}", "{}!!!", "Здравствуйте, {} что делать"):
        found = recognise(form.format(text))
        assert (found.topic, found.error) == (topic, None), form
        assert recognise(form.format(text.upper())).topic == topic, form


@pytest.mark.parametrize(
    "text",
    [
        "Максим не может войти", "у макса не работает", "макс в 7Б", "зимняя сессия скоро", "сертификат на кружки",
        "грамота и сертификат за олимпиаду", "мой второй ребёнок в 5 классе", "ограничен доступ к учётной записи", "",
        "нет связи", "подключение к интернету хорошее", "учитель написал в Макс, что дневник не работает",
        "нам в макс скинули ссылку, она не открывается", "у нас в макс чат класса, а в дневник не пускает",
        "классный руководитель в MAX пишет, что вход изменился", "в дневнике нет Макса", "нет Макса в журнале",
    ],
)  # fmt: skip
def test_words_that_only_resemble_them_do_not(text: str) -> None:
    assert recognise(text).topic not in SAID


def test_an_error_that_is_sure_goes_before_a_word_beside_it() -> None:
    found = recognise("VPN выключен, всё равно «Ваш дневник не найден»")
    assert (found.error, found.topic) == (DIARY, None)
