"""TELEGRAM_PROXY as people write it: read, or refused with a line that says how it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_socks import parse_proxy_url

from bot import texts_ru as texts
from bot.channels.telegram.proxy import read_proxy
from bot.channels.telegram.session import make_bot
from bot.settings import Settings

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pc"


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("http://proxy.example", "http://proxy.example:80"),
        ("http://proxy.example:3128/", "http://proxy.example:3128"),
        ("HTTP://proxy.example:3128", "http://proxy.example:3128"),
        ("socks5://127.0.0.1", "socks5://127.0.0.1:1080"),
        ("socks5h://127.0.0.1:9050", "socks5://127.0.0.1:9050"),
        ("socks5://name:word@127.0.0.1", "socks5://name:word@127.0.0.1:1080"),
        ("socks5://name@127.0.0.1:1", "socks5://name:@127.0.0.1:1"),
        ("socks5://name:wo@rd@127.0.0.1:1", "socks5://name:wo%40rd@127.0.0.1:1"),
        ("socks5://name:wo%23rd@127.0.0.1:1", "socks5://name:wo%23rd@127.0.0.1:1"),
        ("socks5://name:50%@127.0.0.1:1", "socks5://name:50%25@127.0.0.1:1"),
        ("socks5://[::1]:1080", "socks5://[::1]:1080"),
        ("https://t.me/socks?server=1.2.3.4&port=99&user=a&pass=b", "socks5://a:b@1.2.3.4:99"),
        ("tg://socks?server=1.2.3.4&port=99", "socks5://1.2.3.4:99"),
        ("tg://socks?server=2001:db8::1&port=99", "socks5://[2001:db8::1]:99"),
    ],
)
def test_what_can_be_used_is_read(written: str, used: str) -> None:
    assert read_proxy(written) == used


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("tg://proxy?server=1.2.3.4&port=443&secret=ee00", texts.SETTING_PROXY_MTPROTO),
        ("https://t.me/proxy?server=1.2.3.4&port=443&secret=ee00", texts.SETTING_PROXY_MTPROTO),
        ("mtproto://1.2.3.4:443", texts.SETTING_PROXY_MTPROTO),
        ("socks5://name:wo#rd@127.0.0.1:1080", texts.SETTING_PROXY_SIGNS),
        ("socks5://name:wo@r#d@127.0.0.1:1080", texts.SETTING_PROXY_SIGNS),
        ("socks5://na/me:word@127.0.0.1:1080", texts.SETTING_PROXY_SIGNS),
        ("http://name:wo?rd@127.0.0.1:1080", texts.SETTING_PROXY_SIGNS),
        *(
            (wrong, texts.SETTING_PROXY)
            for wrong in (
                "127.0.0.1:1080", "proxy", "://", "http://", "socks5://:1080", "ftp://host:21", "https://host:443",
                "http://host:0", "http://host:99999", "http://host:port", "http://a..b:80", "http://host/path",
                "http://host:1?x=1", "socks5://ho st:1", "http://[::1:80", "tg://socks", "socks5://" + "a" * 70 + ":1",
            )
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(written: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_proxy(written)
    assert str(refused.value) == said


@given(st.text(max_size=40), st.sampled_from(["", "http://", "socks5://", "socks5h://", "tg://", "https://t.me/"]))
def test_whatever_is_written_the_client_takes_it_or_it_is_told(rest: str, scheme: str) -> None:
    try:
        used = read_proxy(scheme + rest)
    except ValueError as refused:
        assert "прокси" in str(refused)
    else:
        assert parse_proxy_url(used)[1]


@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_a_name_and_a_password_of_any_signs_arrive_as_they_are(name: str, password: str) -> None:
    from urllib.parse import quote

    used = read_proxy(f"socks5://{quote(name, safe='')}:{quote(password, safe='')}@127.0.0.1")
    assert parse_proxy_url(used)[3:] == (name, password)


async def test_a_client_is_made_of_what_was_read() -> None:
    settings = Settings(_env_file=None, bot_token=TOKEN, telegram_proxy="socks5h://a:b@127.0.0.1")  # type: ignore[call-arg]
    bot = make_bot(settings)
    await bot.session.create_session()  # type: ignore[attr-defined]
    await bot.session.close()
    assert settings.telegram_proxy == "socks5://a:b@127.0.0.1:1080"
