"""The poster: both files, codes that lead where they say, and clear words for a wrong call."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import segno
from PIL import Image, ImageChops

from bot import poster
from bot.__main__ import main
from bot.channels.abilities import MAX, TELEGRAM, Abilities

LONGEST = "A_very_long_username_of_32_chars"


def codes_of(png: Path) -> list[list[list[int]]]:
    """The QR codes of the poster's picture, left to right, as rows of modules (1 is dark)."""
    image = Image.open(png).convert("L")
    scale = image.width / poster.WIDTH
    top, bottom = (poster._QR_TOP + 8) * scale, (poster._QR_TOP + poster._QR_SIDE) * scale
    middle = image.width // 2
    halves = [(0.13 * image.width, middle - 0.05 * image.width), (middle + 0.05 * image.width, 0.87 * image.width)]
    return [_modules(image.crop((round(left), round(top), round(right), round(bottom)))) for left, right in halves]


def wanted_codes(username: str, *payloads: str) -> list[list[list[int]]]:
    """The codes of links to the bot with these payloads, in the same form."""
    codes = (segno.make_qr(poster.link(username, payload), error="m") for payload in payloads)
    return [[[int(cell) for cell in row] for row in code.matrix] for code in codes]


def _modules(image: Image.Image) -> list[list[int]]:
    dark = image.point(lambda value: 255 if value < 30 else 0)
    box = dark.getbbox()
    assert box
    code = dark.crop(box)
    assert code.width == code.height, "a code is square"
    # The finder pattern's upper edge is seven modules long.
    edge = next(x for x in range(code.width) if not code.getpixel((x, 2)))
    size = edge / 7
    count = round(code.width / size)
    at = [int((n + 0.5) * size) for n in range(count)]
    return [[int(bool(code.getpixel((x, y)))) for x in at] for y in at]


@pytest.mark.slow
@pytest.mark.parametrize("username", ["abcde", "school43_diary_bot", LONGEST])
def test_both_files_are_written_with_codes_for_parents_and_pupils(username: str, tmp_path: Path) -> None:
    pdf, png = poster.write(username, tmp_path / "new" / "folder")
    assert codes_of(png) == wanted_codes(username, "role_parent", "role_pupil")
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", pdf.read_bytes())
    assert box, "a PDF has a page"
    assert float(box[1]) == pytest.approx(595.28, abs=1) and float(box[2]) == pytest.approx(841.89, abs=1), "A4, points"


@pytest.mark.slow
def test_the_poster_of_a_school_leads_to_that_school_and_bears_its_name(tmp_path: Path) -> None:
    files = poster.write("school43_bot", tmp_path, school="Гимназия №2 имени Сергея Есенина", slug="gym-2")
    assert [file.name for file in files] == ["poster-school43_bot-gym-2.pdf", "poster-school43_bot-gym-2.png"]
    assert codes_of(files[1]) == wanted_codes("school43_bot", "s_gym-2_role_parent", "s_gym-2_role_pupil")
    _, nameless = poster.write("school43_bot", tmp_path / "nameless", slug="gym-2")
    named, bare = (Image.open(file).convert("L") for file in (files[1], nameless))
    scale, place = named.width / poster.WIDTH, ImageChops.difference(named, bare).getbbox()
    assert place, "the name is there"
    left, top, right, bottom = (edge / scale for edge in place)
    assert left >= poster._MARGIN - 1 and right <= poster.WIDTH - poster._MARGIN + 1 and top > 104 and bottom < 224


def test_a_code_keeps_its_quiet_zone(tmp_path: Path) -> None:
    _, png = poster.write(LONGEST, tmp_path)
    image = Image.open(png).convert("L")
    scale = image.width / poster.WIDTH
    top = (poster._QR_TOP + 6) * scale
    row = image.crop((0, round(top), image.width, round(top + poster._QR_SIDE * scale)))
    first_dark = row.point(lambda value: 255 if value < 30 else 0).getbbox()
    assert first_dark
    modules = len(segno.make_qr(poster.link(LONGEST, "role_parent"), error="m").matrix)
    assert first_dark[1] >= 4 * (first_dark[3] - first_dark[1]) / modules


def test_the_picture_is_readable_in_black_and_white_and_nothing_touches_its_edges(tmp_path: Path) -> None:
    _, png = poster.write(LONGEST, tmp_path)
    image = Image.open(png).convert("L")
    margin = round(0.03 * image.width)
    for box in (
        (0, 0, margin, image.height), (image.width - margin, 0, image.width, image.height),
        (0, 0, image.width, margin), (0, image.height - margin, image.width, image.height),
    ):  # fmt: skip
        assert image.crop(box).getextrema() == (255, 255)
    light, dark = 0, 0
    for value, count in enumerate(image.histogram()):
        light, dark = light + count * (value > 200), dark + count * (value < 110)
    assert (light + dark) / (image.width * image.height) > 0.97, "no pale colours that a printer loses"


def test_the_command_prints_the_paths_of_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["poster", "--username", "@school43_bot", f"--out={tmp_path}"]) == 0
    said = capsys.readouterr().out.split()
    assert [Path(path).name for path in said] == ["poster-school43_bot.pdf", "poster-school43_bot.png"]
    assert all(Path(path).stat().st_size > 10_000 for path in said)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--username", "https://t.me/school43_bot"), ("--username", "t.me/school43_bot"),
        ("--username", "@school43_bot"),
        ("--username", "HTTP://T.me/school43_bot/"), ("--username", "https://telegram.me/school43_bot"),
        ("--username", "https://t.me/school43_bot?start=role_parent"), ("--username", " https://t.me/@school43_bot "),
        ("--max-username", "https://max.ru/school43_bot"), ("--max-username", "max.ru/school43_bot/"),
        ("--max-username", "https://max.ru/@school43_bot"), ("--max-username", "https://max.ru/school43_bot?start=x"),
    ],
)  # fmt: skip
def test_a_bot_may_be_named_by_its_link(
    option: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []

    def drawn(*given: object) -> int:
        asked.append(given)
        return 0

    monkeypatch.setattr(poster, "main", drawn)
    assert main(["poster", option, said, f"--out={tmp_path}"]) == 0
    in_max = option == "--max-username"
    assert asked == [(None if in_max else "school43_bot", tmp_path, "school43_bot" if in_max else None)]


@pytest.mark.slow
@pytest.mark.parametrize(("option", "channel"), [("--username", TELEGRAM), ("--max-username", MAX)])
def test_the_codes_lead_to_the_bot_of_the_messenger(option: str, channel: Abilities, tmp_path: Path) -> None:
    assert main(["poster", option, "@school43_bot", f"--out={tmp_path}"]) == 0
    (drawn,) = tmp_path.glob("*.png")
    assert drawn.name == "poster-school43_bot.png"
    links = (poster.link("school43_bot", payload, channel) for payload in ("role_parent", "role_pupil"))
    codes = [segno.make_qr(one, error="m") for one in links]
    assert codes_of(drawn) == [[[int(cell) for cell in row] for row in code.matrix] for code in codes]


@pytest.mark.parametrize(
    ("option", "said", "told"),
    [
        ("--username", "https://max.ru/school43_bot", "не имя бота в Telegram и не ссылка"),
        ("--username", "https://example.com/school43_bot", "не имя бота в Telegram и не ссылка"),
        ("--username", "https://t.me/", "https://t.me/ИМЯ"),
        ("--username", "https://t.me/joinchat/AbCdEf123", "https://t.me/ИМЯ"),
        ("--username", "https://t.me/+AbCdEf123", "https://t.me/ИМЯ"),
        ("--username", "https://notat.me/school43_bot", "https://t.me/ИМЯ"),
        ("--max-username", "https://t.me/school43_bot", "не имя бота в MAX и не ссылка"),
        ("--max-username", "https://max.ru/", "https://max.ru/ИМЯ"),
        ("--max-username", "t.me", "https://max.ru/ИМЯ"),
    ],
)
def test_what_is_no_name_and_no_link_of_the_messenger_is_refused(
    option: str, said: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["poster", option, said]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [
        [], ["--username"], ["--username", "abc"], ["--username", "a" * 33], ["--username", "имя_бота"],
        ["--username", "a/../../b"], ["--username", "@@school"], ["school43_bot"], ["--name", "school43_bot"],
        ["--username", "school43_bot", "--out"],
    ],
)  # fmt: skip
def test_a_wrong_call_gets_a_clear_answer(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["poster", *argv]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert "python -m bot poster [--username ИМЯ_БОТА]" in told.err


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["poster", "--username", "school43_bot", "--out", str(tmp_path / "file")]) == 2
    assert "Не получается записать" in capsys.readouterr().err
