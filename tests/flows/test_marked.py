"""Values in HTML texts: whatever a person typed is shown as it was typed, and Telegram's parser takes the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.content import Reader
from bot.flows.guide.views import view
from bot.flows.marked import Markup, fill, joined, plain
from bot.flows.routes import Route
from bot.flows.screen import School, Screen
from sandbox.telegram.markup import parse_html
from tests.pack import PARENT

SIGNS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(["<", ">", "&", '"', "'", "{", "}", "{0}", "%s", "b", "/", "lt;", "#39;", "а"])).map(
        "".join
    ),
)


@given(SIGNS, SIGNS)
def test_a_value_is_seen_as_it_was_typed(typed: str, other: str) -> None:
    text = fill("<b>{typed}</b> · <i>{other}</i>", typed=typed, other=other)
    assert parse_html(str(text))[0] == f"{typed} · {other}"
    assert plain(text) == f"{typed} · {other}", "and so in a screen that goes without its marks"


@given(SIGNS)
def test_no_way_of_putting_texts_together_lets_a_value_in_unescaped(typed: str) -> None:
    text = fill("<b>{name}</b>", name="и")
    together = (text + typed, typed + text, joined("\n", [text, typed]), fill("{a}", a=fill("<u>{b}</u>", b=typed)))
    assert all(typed in parse_html(str(each))[0] for each in together)


@given(SIGNS)
def test_a_plain_text_in_a_screen_is_somebodys_words(typed: str) -> None:
    assert parse_html(str(Screen(typed).text))[0] == typed  # type: ignore[arg-type]


@given(st.text())
def test_words_are_left_of_any_text_however_broken(broken: str) -> None:
    assert plain(f"<b>{broken}") == plain(broken)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<b>а</b> &lt;a&gt; &amp;amp;", "а <a> &amp;"),
        ('<a href="https://t.me/c/1">№1 · 7Б</a> <Вася> <3 </p>', "№1 · 7Б <Вася> <3 </p>"),
        ('<blockquote expandable>ц</blockquote><tg-spoiler>т</tg-spoiler>"', 'цт"'),
        ("&#39;&#34;&copy;", "'\"&copy;"),
    ],
)
def test_only_telegrams_own_marks_are_taken_off(html: str, words: str) -> None:
    assert plain(html) == words


@given(SIGNS, SIGNS, SIGNS)
def test_settings_and_the_notice_stand_on_screens_as_they_were_written(name: str, contacts: str, notice: str) -> None:
    school = School(name=name, contacts=contacts, notice=notice)
    shown = {kind: parse_html(str(view(route, school).text))[0] for kind, route in SHOWING.items()}
    assert name in shown["role"] and all(notice in shown[kind] for kind in ("role", "remedy", "step"))
    about = ", ".join(part for part in (name, contacts) if part)
    assert all(about in shown[kind] for kind in ("remedy", "unknown", "unknown_again"))


SHOWING = {
    "role": Route("role"),
    "remedy": Route("remedy", "diary_not_found", PARENT, Reader.PARENT),
    "step": Route("step", None, PARENT, Reader.PARENT, 1),
    "unknown": Route("unknown"),
    "unknown_again": Route("unknown_again"),
}


def test_an_empty_text_stays_empty() -> None:
    assert Screen(Markup()).text == "" and fill("") == ""
