"""The settings: their defaults, and for each wrong one a line that says what to do."""

import os
import re
from pathlib import Path

import pytest

from bot.flows.working_hours import EVERY_DAY_9_20
from bot.open_database import why_not_opened
from bot.settings import Settings, SettingsError, load_settings, prepare_data_folder
from storage.database_errors import AwayCause, DatabaseAway

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pc"
TOKEN_OF_MAX = "f9LHodD0cOJ-token_that_opens_nothing_in_max"
EXAMPLE = Path(__file__).parent.parent / ".env.example"
RUSSIAN = re.compile("[а-яё]{3,}")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process with no setting of the bot, in a folder with no `.env`."""
    ours = {name.upper() for name in Settings.model_fields}
    for name in [name for name in os.environ if name.upper() in ours]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refusal(monkeypatch: pytest.MonkeyPatch, **settings: str) -> str:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings(require_token=False)
    return str(refused.value)


def test_the_defaults_are_the_designs() -> None:
    assert load_settings(require_token=False).model_dump() == {
        "bot_token": "",
        "max_token": "",
        "max_api_url": "https://platform-api2.max.ru",
        "max_webhook_url": "",
        "max_webhook_secret": "",
        "support_chat_id": None,
        "operator_chat_id": None,
        "content": "ryazan_43",
        "school_name": "",
        "school_contacts": "",
        "diary_url": "",
        "feedback_form_url": "",
        "privacy_url": "",
        "database_url": "sqlite+aiosqlite:///data/bot.sqlite3",
        "telegram_api_url": "https://api.telegram.org",
        "telegram_proxy": "",
        "webhook_url": "",
        "webhook_secret": "",
        "http_host": "127.0.0.1",
        "http_port": 8080,
        "timezone": "Europe/Moscow",
        "working_hours": "",
        "retention_days": 90,
        "log_level": "INFO",
        "log_format": "text",
    }


def test_the_example_lists_every_setting_with_its_default_under_a_comment(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    listed = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert sorted(listed) == sorted(name.upper() for name in Settings.model_fields)
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert lines[number - 1], f"{line} stands under nothing"
    default = load_settings(require_token=False)
    (tmp_path / ".env").write_bytes(EXAMPLE.read_bytes())
    assert load_settings(require_token=False) == default


def test_without_a_token_the_bot_says_where_to_get_one() -> None:
    with pytest.raises(SettingsError, match="@BotFather"):
        load_settings()


@pytest.mark.parametrize("blank", ["", "   "])
def test_an_empty_setting_is_not_set(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), blank)
    assert load_settings(require_token=False) == Settings.model_construct()


def test_the_file_is_read_and_the_environment_goes_before_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = f"\ufeffBOT_TOKEN={TOKEN}\nHTTP_PORT = 9000\nTIMEZONE='Asia/Omsk'\nSOMETHING_ELSE=1\n"
    (tmp_path / ".env").write_text(text, "utf-8")
    monkeypatch.setenv("HTTP_PORT", " 9001 ")
    settings = load_settings()
    assert (settings.bot_token, settings.http_port, settings.timezone) == (TOKEN, 9001, "Asia/Omsk")


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("SCHOOL_NAME=Школа".encode("cp1251"))
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings()


@pytest.mark.parametrize(
    "line",
    [
        'SCHOOL_NAME="Школа "Сокол""',
        'SCHOOL_NAME="Школа №43',
        "SCHOOL_NAME='Школа",
        f"BOT_TOKEN {TOKEN}",
        f"BOT_TOKEN: {TOKEN}",
    ],
)
def test_a_line_of_the_file_that_would_be_passed_over_is_told(
    tmp_path: Path, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    following = "DATABASE_URL=postgresql+asyncpg://a:b@host/db\nSCHOOL_CONTACTS='тел. 12-34-56', \"Сокол\""
    (tmp_path / ".env").write_text(f"\ufeffBOT_TOKEN={TOKEN}\r\n\r\n{line}\r\n{following}", "utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    first = str(refused.value).splitlines()[0]
    assert "строка 3:" in first and "ИМЯ=значение" in first and TOKEN not in str(refused.value)
    assert not caplog.text  # the library's own warning is in English


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BOT_TOKEN", "secret-nonsense", "@BotFather"),
        ("BOT_TOKEN", "123456789:AA EE", "@BotFather"),
        ("BOT_TOKEN", TOKEN_OF_MAX, "его место в MAX_TOKEN"),
        ("MAX_TOKEN", TOKEN, "его место в BOT_TOKEN"),
        ("MAX_TOKEN", "short", "business.max.ru"),
        ("MAX_API_URL", "platform-api2.max.ru", "https://platform-api2.max.ru"),
        ("MAX_WEBHOOK_URL", "http://bot.school.example/max", "https://"),
        ("MAX_WEBHOOK_URL", "https://bot.school.example:8443/max", "только на порт 443"),
        ("MAX_WEBHOOK_URL", "https://bot.school.example:443/max", "Уберите «:443»"),
        ("MAX_WEBHOOK_URL", "https://bot.school.example/metrics", "занят"),
        ("MAX_WEBHOOK_SECRET", "four", "от 5 до 256"),
        ("SUPPORT_CHAT_ID", "max:70801090403050", "/id"),
        ("SUPPORT_CHAT_ID", "max:школа", "/id"),
        ("SUPPORT_CHAT_ID", "123456", "/id"),
        ("SUPPORT_CHAT_ID", "0", "/id"),
        ("SUPPORT_CHAT_ID", "@school_desk", "/id"),
        ("DIARY_URL", "diary.example", "https://"),
        ("DIARY_URL", "http://localhost/", "полный адрес"),
        ("FEEDBACK_FORM_URL", "javascript:alert(1)", "https://"),
        ("PRIVACY_URL", "https://school.example/a b", "https://"),
        ("DATABASE_URL", "nonsense", "sqlite+aiosqlite:///"),
        ("DATABASE_URL", "postgresql+asyncpg://a:b@host:port/db", "postgresql+asyncpg://"),
        ("DATABASE_URL", "postgresql+asyncpg://a:b@host/db?sslmode=require", "?ssl="),
        ("DATABASE_URL", "sqlite+aiosqlite://data/bot.sqlite3", "sqlite+aiosqlite:///data/bot.sqlite3"),
        ("DATABASE_URL", "sqlite:///data/bot.sqlite3", "sqlite+aiosqlite:///data/bot.sqlite3"),
        ("DATABASE_URL", "postgresql://a:b@host/db", "postgresql+asyncpg://"),
        ("DATABASE_URL", "postgres://a:b@host/db", "postgresql+asyncpg://"),
        ("DATABASE_URL", "mysql+aiomysql://a:b@host/db", "только SQLite и PostgreSQL"),
        ("TELEGRAM_API_URL", "api.telegram.org", "Bot API"),
        ("TELEGRAM_PROXY", "ftp://host:21", "socks5://"),
        ("TELEGRAM_PROXY", "http://host:99999", "socks5://"),
        ("WEBHOOK_URL", "http://bot.school.example/hook", "https://"),
        ("WEBHOOK_URL", "https://bot.school.example:8080/hook", "443, 80, 88, 8443"),
        ("WEBHOOK_URL", "https://bot.school.example/healthz", "/webhook"),
        ("WEBHOOK_SECRET", "пароль", "A-Z"),
        ("WEBHOOK_SECRET", "a" * 257, "256"),
        ("HTTP_PORT", "0", "65535"),
        ("HTTP_PORT", "65536", "65535"),
        ("HTTP_PORT", "80a", "65535"),
        ("TIMEZONE", "Moscow", "Europe/Moscow"),
        ("TIMEZONE", "../etc/passwd", "Europe/Moscow"),
        ("TIMEZONE", "Europe", "Europe/Moscow"),
        ("WORKING_HOURS", "Mon-Fri 8-17", "Mon-Fri 08:00-17:00"),
        ("RETENTION_DAYS", "0", "от 1"),
        ("RETENTION_DAYS", "1.5", "от 1"),
        ("RETENTION_DAYS", "99999999999999999999", "от 1"),
        ("LOG_LEVEL", "LOUD", "DEBUG, INFO"),
        ("LOG_FORMAT", "xml", "text, json"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    told = refusal(monkeypatch, **{name: value})
    assert told.startswith(f"{name}: ")
    assert said in told
    assert RUSSIAN.search(told)
    assert "\n" not in told


@pytest.mark.parametrize(
    ("bot_token", "max_token", "told"),
    [
        (TOKEN, TOKEN, ["MAX_TOKEN: это токен бота в Telegram"]),
        (TOKEN_OF_MAX, TOKEN_OF_MAX, ["BOT_TOKEN: это не токен Telegram. Если он с business.max.ru"]),
        (TOKEN_OF_MAX, TOKEN, ["BOT_TOKEN: это не токен Telegram", "MAX_TOKEN: это токен бота в Telegram"]),
        (TOKEN, TOKEN.replace("1", "2"), ["MAX_TOKEN: это токен бота в Telegram"]),
    ],
    ids=["telegram twice", "max twice", "changed about", "two of telegram"],
)
def test_two_tokens_of_one_messenger_are_told_apart_and_where_each_belongs(
    monkeypatch: pytest.MonkeyPatch, bot_token: str, max_token: str, told: list[str]
) -> None:
    lines = sorted(refusal(monkeypatch, BOT_TOKEN=bot_token, MAX_TOKEN=max_token).splitlines())
    assert len(lines) == len(told) and all(map(str.startswith, lines, told)), lines
    assert not any(token in line for token in (bot_token, max_token) for line in lines)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"SUPPORT_CHAT_ID": "max:-5"}, ["SUPPORT_CHAT_ID: это группа в MAX, а MAX_TOKEN не задан"]),
        ({"OPERATOR_CHAT_ID": "max:-5"}, ["OPERATOR_CHAT_ID: это группа в MAX, а MAX_TOKEN не задан"]),
        (
            {"SUPPORT_CHAT_ID": "-5", "OPERATOR_CHAT_ID": "-5", "MAX_TOKEN": TOKEN_OF_MAX,
             "WEBHOOK_URL": "https://bot.school.example/in", "MAX_WEBHOOK_URL": "https://bot.school.example/in"},
            ["OPERATOR_CHAT_ID: у оператора должна быть своя группа", "MAX_WEBHOOK_URL: этот путь уже занят"],
        ),
    ],
)  # fmt: skip
def test_settings_that_are_wrong_together_are_told_each(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], told: list[str]
) -> None:
    for name, value in {"BOT_TOKEN": TOKEN, **settings}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    lines = str(refused.value).splitlines()
    assert len(lines) == len(told) and all(map(str.startswith, lines, told)), lines


def test_each_wrong_setting_has_its_own_line_and_no_secret_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refusal(
        monkeypatch,
        BOT_TOKEN="secret-token",
        WEBHOOK_SECRET="secret!",
        DATABASE_URL="postgresql://bot:secret@host/db",
        TELEGRAM_PROXY="ftp://bot:secret@host",
        HTTP_PORT="none",
    )
    names = [line.partition(":")[0] for line in told.splitlines()]
    assert names == ["BOT_TOKEN", "DATABASE_URL", "TELEGRAM_PROXY", "WEBHOOK_SECRET", "HTTP_PORT"]
    assert "secret" not in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SUPPORT_CHAT_ID", "-1001234567890"),
        ("DIARY_URL", "https://дневник.рф/"),
        ("DATABASE_URL", "sqlite+aiosqlite:////var/lib/ediary/bot.sqlite3"),
        ("DATABASE_URL", "postgresql+asyncpg://postgres@/bot?host=/run/postgresql"),
        ("TELEGRAM_PROXY", "socks5://bot:secret@proxy:1080"),
        ("WEBHOOK_URL", "https://bot.school.example:8443/hook"),
        ("WEBHOOK_SECRET", "A-z_09"),
        ("HTTP_PORT", "65535"),
        ("MAX_TOKEN", TOKEN_OF_MAX),
        ("MAX_WEBHOOK_URL", "https://bot.school.example/max"),
        ("WORKING_HOURS", "Mon-Fri 08:00-17:00; off 2026-11-04"),
        ("RETENTION_DAYS", "1"),
        ("LOG_FORMAT", "json"),
    ],
)
def test_a_right_setting_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert str(getattr(load_settings(require_token=False), name.lower())) == value


def test_another_bot_api_server_may_call_back_over_http_at_any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:8081/")
    monkeypatch.setenv("WEBHOOK_URL", "http://127.0.0.1:9999/hook?x=1")
    settings = load_settings(require_token=False)
    assert settings.telegram_api_url == "http://127.0.0.1:8081"
    assert settings.webhook_path == "/hook"


def test_secrets_are_not_shown() -> None:
    shown = repr(
        Settings(
            bot_token=TOKEN,
            webhook_secret="hush",
            database_url="postgresql+asyncpg://bot:hush@host/db",
            telegram_proxy="http://bot:hush@host",
        )
    )
    assert TOKEN not in shown
    assert "hush" not in shown


def test_the_webhooks_secret_is_made_from_the_token_where_none_is_set() -> None:
    derived = Settings(bot_token=TOKEN).webhook_secret_or_derived
    assert re.fullmatch("[0-9a-f]{64}", derived)
    assert derived == Settings(bot_token=TOKEN).webhook_secret_or_derived
    assert derived != Settings(bot_token=TOKEN + "x").webhook_secret_or_derived
    assert Settings(bot_token=TOKEN, webhook_secret="own").webhook_secret_or_derived == "own"


def test_the_desk_is_called_up_9_to_20_while_no_hours_are_set() -> None:
    assert Settings().hours == EVERY_DAY_9_20
    assert Settings(working_hours="Mon 08:00-09:00").hours.week[0] == ((480, 540),)
    assert Settings(timezone="Asia/Omsk").zone.key == "Asia/Omsk"


def test_the_data_folder_is_made_and_one_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    prepare_data_folder(Settings())
    assert (tmp_path / "data").is_dir()
    (tmp_path / "file").write_text("in the way")
    for url in (f"sqlite+aiosqlite:///{tmp_path}/file/bot.sqlite3", f"sqlite+aiosqlite:///{tmp_path}/data"):
        with pytest.raises(SettingsError, match="DATABASE_URL: не получается записать"):
            prepare_data_folder(Settings(database_url=url))


@pytest.mark.parametrize(
    "rest", ["", "/", "/:memory:", "/file::memory:?cache=shared&uri=true", "/file:bot?mode=memory"]
)
def test_a_database_in_memory_is_refused(rest: str) -> None:
    """Each connection would have a database of its own."""
    with pytest.raises(ValueError, match="нужен файл"):
        Settings(_env_file=None, database_url=f"sqlite+aiosqlite://{rest}")  # type: ignore[call-arg]


def test_a_database_that_is_no_file_needs_no_folder(tmp_path: Path) -> None:
    settings = Settings(database_url="postgresql+asyncpg://bot@host/db")
    prepare_data_folder(settings)
    assert settings.sqlite_file is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (AwayCause.FULL, "Освободите место"),
        (AwayCause.READ_ONLY, "право писать"),
        (AwayCause.DAMAGED, "Верните её из копии"),
        (AwayCause.LOST, "запущена ли она"),
        (AwayCause.BUSY, "запущена ли она"),
        (AwayCause.REMOVED, "запущена ли она"),
    ],
)
def test_a_database_that_is_away_is_told_with_what_helps(cause: AwayCause, said: str) -> None:
    """A full disk is not mended by looking at the address."""
    told = str(why_not_opened(DatabaseAway("reason", cause)))
    assert told.startswith("DATABASE_URL: ") and "reason" in told and said in told
