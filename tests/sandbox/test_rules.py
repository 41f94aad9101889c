"""The sandbox's checks of Telegram's limits, each called as a function."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram import rules
from sandbox.telegram.errors import Refused, Violation
from sandbox.telegram.markup import check_entities, is_url, parse_html, trimmed, units
from sandbox.telegram.telegram_pace import Pace


def test_lengths_are_utf16_units() -> None:
    assert units("ё") == 1
    assert units("👍🏽") == 4
    assert rules.message_text("👍" * 2048)[0] == "👍" * 2048
    with pytest.raises(Violation, match="message is too long"):
        rules.message_text("👍" * 2048 + "!")


def test_the_limit_counts_what_is_left_after_parsing() -> None:
    assert len(rules.message_text("<b>" + "я" * 4096 + "</b>", "HTML")[0]) == 4096
    assert rules.caption_text("&lt;" * 1024, "HTML")[0] == "<" * 1024
    with pytest.raises(Violation, match="message caption is too long"):
        rules.caption_text("я" * 1025)


@pytest.mark.parametrize("text", ["", "   \n", "<b></b>", "<b> </b>"])
def test_empty_text_is_refused(text: str) -> None:
    with pytest.raises(Violation, match="message text is empty"):
        rules.message_text(text, "HTML")


@pytest.mark.parametrize(
    ("source", "plain", "entities"),
    [
        ("<b>а</b>", "а", [("bold", 0, 1)]),
        ("👍<i>б</i>", "👍б", [("italic", 2, 1)]),
        ("<b>а<i>б</i></b>", "аб", [("bold", 0, 2), ("italic", 1, 1)]),
        ("&lt;b&gt; &amp; &quot;&#1078;&nbsp;", '<b> & "ж&nbsp;', []),
        ('<a href="https://a.example/?x=1&amp;y=2">сайт</a>', "сайт", [("text_link", 0, 4)]),
        ('<a href="nowhere">сайт</a>', "сайт", []),
        ('<span class="tg-spoiler">т</span>', "т", [("spoiler", 0, 1)]),
        ("<blockquote expandable>ц</blockquote>", "ц", [("expandable_blockquote", 0, 1)]),
        ('<pre><code class="language-python">x</code></pre>', "x", [("pre", 0, 1)]),
        ("<code>x</code>", "x", [("code", 0, 1)]),
        ("<B>а</b>", "а", [("bold", 0, 1)]),
        ("<b></b>а", "а", []),
        ("> 5", "> 5", []),
        ("&ltfoo &lt &#60;", "&ltfoo < <", []),
    ],
)
def test_html_becomes_text_and_entities(source: str, plain: str, entities: list[tuple[str, int, int]]) -> None:
    text, found = parse_html(source)
    assert text == plain
    assert [(one["type"], one["offset"], one["length"]) for one in found] == entities


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>а</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("я<br/>", 'Unsupported start tag "br/" at byte offset 2'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2|Unclosed start tag at byte offset 2'),
        ("<b>а", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>а</b></i>", 'Unmatched end tag at byte offset 8, expected "</i>", found "</b>"'),
        ("а</b>", "Unexpected end tag at byte offset 2"),
        ("<b", "Unclosed start tag"),
        ("<span>а</span>", 'Tag "span" must have class "tg-spoiler"'),
    ],
)
def test_broken_html_is_refused_in_telegrams_words(source: str, words: str) -> None:
    with pytest.raises(Violation, match=f"Bad Request: can't parse entities: ({words})"):
        parse_html(source)


@given(st.text())
def test_escaped_text_always_comes_back(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(escaped) == (text, [])


@given(st.text(alphabet="<>/bi a&;\"='👍", max_size=40))
def test_the_parser_refuses_or_gives_entities_inside_the_text(source: str) -> None:
    try:
        text, entities = parse_html(source)
    except Violation:
        return
    for plain, found in ((text, entities), trimmed(text, entities)):
        assert check_entities(plain, found) == found


def test_spaces_around_are_cut_and_entities_moved() -> None:
    text, entities = rules.message_text("  <b> а </b> ", "HTML")
    assert text == "а"
    assert entities == [{"type": "bold", "offset": 0, "length": 1}]


@pytest.mark.parametrize(
    "entities",
    [
        "bold",
        [{"type": "bold", "offset": 0, "length": 9}],
        [{"type": "bold", "offset": -1, "length": 1}],
        [{"type": "bold", "offset": 0, "length": 0}],
        [{"type": "shout", "offset": 0, "length": 1}],
        [{"type": "text_link", "offset": 0, "length": 1}],
    ],
)
def test_entities_must_lie_in_the_text(entities: Any) -> None:
    with pytest.raises(Violation, match="can't parse entities"):
        rules.message_text("привет", None, entities)


def test_links_and_commands_are_found() -> None:
    _, entities = rules.message_text("/start и https://a.example/b, @school_bot")
    assert [(one["type"], one["offset"], one["length"]) for one in entities] == [
        ("bot_command", 0, 6),
        ("url", 9, 19),
        ("mention", 30, 11),
    ]


def keyboard(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (keyboard({"text": "а", "callback_data": "x" * 65}), "BUTTON_DATA_INVALID"),
        (keyboard({"text": "а", "callback_data": "ж" * 33}), "BUTTON_DATA_INVALID"),
        (keyboard({"text": "а", "callback_data": ""}), "BUTTON_DATA_INVALID"),
        (keyboard({"text": "а"}), "Text buttons are unallowed"),
        (keyboard({"text": " ", "callback_data": "x"}), '"text"'),
        (keyboard({"text": "а", "url": "https://localhost/"}), "BUTTON_URL_INVALID"),
        (keyboard({"text": "а", "url": "school.example"}), "BUTTON_URL_INVALID"),
        (keyboard({"text": "а", "url": "https://a.example/ b"}), "BUTTON_URL_INVALID"),
        (keyboard({"text": "а", "url": "https://a.example/", "callback_data": "x"}), "more than one action"),
        (keyboard({"text": "а", "callback_data": "x", "colour": "red"}), "unknown field colour"),
        (keyboard({"text": "а", "callback_data": "x", "style": "red"}), "unknown style"),
        (keyboard(*[{"text": "а", "callback_data": "x"}] * 101), "reply markup is too long"),
        ({"inline_keyboard": {}}, "Array of Arrays"),
        ({}, "can't parse reply keyboard"),
        ("[]", "object expected"),
    ],
)
def test_keyboards_that_lead_nowhere_are_refused(markup: Any, words: str) -> None:
    with pytest.raises(Violation, match=words):
        rules.reply_markup(markup)


def test_good_keyboards_pass() -> None:
    rules.reply_markup(
        keyboard({"text": "а", "callback_data": "ж" * 32}, {"text": "б", "url": "tg://resolve?domain=x"})
    )
    rules.reply_markup({"remove_keyboard": True})
    rules.reply_markup({"inline_keyboard": []}, inline_only=True)
    with pytest.raises(Violation, match="inline keyboard expected"):
        rules.reply_markup({"remove_keyboard": True}, inline_only=True)


@pytest.mark.parametrize("url", ["https://a.example", "http://127.0.0.1:8081/x", "tg://user?id=1", "HTTPS://A.EXAMPLE"])
def test_urls_that_telegram_takes(url: str) -> None:
    assert is_url(url)


def test_names_payloads_and_secrets() -> None:
    rules.topic_name("№17 · 7Б · Дневник не найден")
    for name in ("", "   ", "я" * 129):
        with pytest.raises(Violation):
            rules.topic_name(name)
    assert rules.is_payload("h_" + "a" * 62)
    assert not any(map(rules.is_payload, ("", "a" * 65, "путь", "a b", "a=b")))
    rules.secret_token("A-z_9" * 51)
    for secret in ("", "a" * 257, "секрет", "a b"):
        with pytest.raises(Violation):
            rules.secret_token(secret)
    with pytest.raises(Violation):
        rules.answer_text("я" * 201)


def test_commands_and_scopes() -> None:
    good = [{"command": "/start", "description": "Начать"}]
    assert rules.bot_commands(good) == [{"command": "start", "description": "Начать"}]
    for command, description in (("Start", "x"), ("a" * 33, "x"), ("старт", "x"), ("start", ""), ("start", "я" * 257)):
        with pytest.raises(Violation):
            rules.bot_commands([{"command": command, "description": description}])
    assert rules.command_scope({"type": "chat", "chat_id": -5}) == ("chat", -5)
    assert rules.command_scope(None) == ("default",)
    for scope in ({"type": "chat"}, {"type": "family"}, "chat"):
        with pytest.raises(Violation):
            rules.command_scope(scope)


def test_reply_parameters_and_reactions() -> None:
    assert rules.reply_parameters({"message_id": 5, "allow_sending_without_reply": True})
    for value in ({}, {"message_id": "5"}, {"message_id": 5, "reply_to": 6}):
        with pytest.raises(Violation):
            rules.reply_parameters(value)
    assert rules.reaction([{"type": "emoji", "emoji": "👍"}]) and rules.reaction([]) == []
    assert rules.reaction([{"type": "emoji", "emoji": "❤️"}])
    wrong: list[Any] = [
        [{"type": "emoji", "emoji": "✅"}],
        [{"type": "emoji", "emoji": "👍"}] * 2,
        [{"type": "smile"}],
        "👍",
    ]
    for reaction in wrong:
        with pytest.raises(Violation):
            rules.reaction(reaction)


def test_numbers_to_copy_must_increase() -> None:
    assert rules.message_ids([3, 1]) == [3, 1]
    for ids in ([3, 1], [1, 1], [], [1] * 101, ["1"]):
        with pytest.raises(Violation):
            rules.message_ids(ids, increasing=True)


def test_albums_and_webhook_addresses() -> None:
    rules.album(["photo", "video"])
    for kinds in (["photo"], ["photo"] * 11, ["photo", "document"], ["audio", "document"], ["voice", "voice"]):
        with pytest.raises(Violation):
            rules.album(kinds)
    rules.webhook_url("https://bot.example/hook", local=False)
    rules.webhook_url("http://127.0.0.1:9999/hook", local=True)
    for url in ("http://bot.example/", "https://bot.example:9999/", "ftp://bot.example/"):
        with pytest.raises(Violation):
            rules.webhook_url(url, local=False)


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def refused(send: Any) -> int:
    """The retry_after, or 0 where it was taken."""
    try:
        send()
    except Refused as error:
        assert error.code == 429
        return error.parameters["retry_after"]
    return 0


def test_the_pace_is_one_a_second_twenty_a_minute_thirty_in_all() -> None:
    clock = Clock()
    pace = Pace(clock, enforced=True)
    assert [refused(lambda: pace.message(5)) for _ in range(2)] == [0, 1]
    clock.time += 1
    assert refused(lambda: pace.message(5)) == 0
    clock.time += 1
    assert [refused(lambda: pace.message(-5)) for _ in range(21)] == [0] * 20 + [60]
    clock.time += 59.9
    assert refused(lambda: pace.message(-5)) == 1
    clock.time += 0.1
    assert refused(lambda: pace.message(-5)) == 0
    clock.time += 1
    assert [refused(lambda user=user: pace.message(user)) for user in range(1, 32)] == [0] * 30 + [1]
    assert pace.refused == 4 and pace.busiest[-5] == 20


def test_new_topics_have_a_pace_of_their_own_and_nothing_is_refused_unless_asked() -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(50):
        pace.topic(-5)
        pace.message(-5)
    assert pace.refused == 0 and pace.busiest[-5] == 50
    pace.forget()
    pace.enforced = True
    assert [refused(lambda: pace.topic(-5)) for _ in range(21)] == [0] * 20 + [60]
