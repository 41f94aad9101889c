"""Draws hard photos of screens: turned, blurred, glaring, far away, noisy, in a dark theme; and screens of no error.

`python -m tests.screens.hard FOLDER [COUNT] [SEED]` writes them with a manifest.jsonl. Of four pictures three show an
error text. The same seed gives the same pictures.
"""

import io
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests.screens.make import DARK, ERRORS, OTHER_SCREENS, Look, Screen, draw, encode, moire, random_look, uneven_light

TURNS = (0, 90, 180, 270)
HARDSHIPS = ("far", "keystone", "moire", "blur", "shake", "faint", "glare", "noise", "jpeg", "dark")
NEIGHBOURS = (
    "Ошибка 404. Страница не найдена",
    "Страница не найдена. Возможно, она была удалена или перенесена. Вернитесь на главную",
    "Пользователь не найден. Проверьте логин и пароль",
    "Учётная запись не найдена. Зарегистрируйтесь на Госуслугах",
    "Файл не найден. Обратитесь к учителю или сообщите об этом через форму обратной связи",
    "Ваш дневник открыт. Оценок за сегодня нет",
    "Подпишите согласие на экскурсию и принесите классному руководителю до пятницы",
    "Для участия в олимпиаде необходимо согласие на обработку персональных данных",
    "Сервис временно недоступен. Попробуйте войти в дневник позже",
    "Неверный пароль. Чтобы войти, восстановите доступ к учётной записи",
)
_ORIENTATION = 0x0112  # Exif 2.32, table 4
_EXIF_OF_TURN = {90: 6, 180: 3, 270: 8}  # the picture is stored turned, and its EXIF says so


def hard_screens(count: int, seed: int) -> Iterator[Screen]:
    """Yields `count` hard pictures; each depends on `seed` and its own number only."""
    labels = list(ERRORS)
    for number in range(count):
        rng = random.Random(f"hard-{seed}-{number}")
        label = "none" if number % 4 == 3 else labels[(number // 4 + number) % len(labels)]
        yield hard_screen(number, label, HARDSHIPS[number % len(HARDSHIPS)], rng)


def hard_screen(number: int, label: str, hardship: str, rng: random.Random, turn: int | None = None) -> Screen:
    """Draws one screen, photographs it with one hardship, and turns it: by lot, where `turn` is not given."""
    look = random_look(rng)
    if hardship == "dark":
        look = Look(**{name: getattr(look, name) for name in look.__slots__} | {"theme": rng.choice(DARK)})
    wording = ERRORS.get(label, "")
    picture = draw(look, wording or rng.choice(OTHER_SCREENS + NEIGHBOURS), rng)
    if look.scale < 2 and hardship != "jpeg":
        picture = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)
    picture = _spoilt(picture, hardship, rng)
    turn = rng.choice(TURNS) if turn is None else turn
    quality = 30 if hardship in ("jpeg", "dark") else rng.choice((45, 60, 75))
    data = _turned(picture, turn, quality, says_so=rng.random() < 0.3)
    kind = f"{hardship}/{turn}/{look.layout}/{'dark' if look.theme in DARK else 'light'}/x{look.scale:g}"
    return Screen(f"{number:04d}-{label}-{hardship}-{turn}.jpg", label, wording, kind, data)


def _turned(picture: Image.Image, turn: int, quality: int, *, says_so: bool) -> bytes:
    if turn:
        picture = picture.rotate(turn, expand=True)
    if not (turn and says_so):
        return encode(picture, quality)
    exif, stream = Image.Exif(), io.BytesIO()
    exif[_ORIENTATION] = _EXIF_OF_TURN[turn]
    picture.save(stream, "JPEG", quality=quality, exif=exif)
    return stream.getvalue()


def _spoilt(picture: Image.Image, hardship: str, rng: random.Random) -> Image.Image:
    """Gives a photo of the screen: what every photo has, and the one hardship besides."""
    if hardship == "jpeg":
        return picture
    if hardship == "faint":
        picture = Image.blend(picture, Image.new("RGB", picture.size, "#808080"), rng.uniform(0.6, 0.8))
    if hardship == "moire":
        for _ in range(3):
            picture = moire(picture, rng)
    picture = _keystone(picture, 0.07 if hardship == "keystone" else 0.02, rng)
    picture = picture.rotate(rng.uniform(-5, 5), Image.Resampling.BICUBIC, expand=True, fillcolor=_desk(rng))
    if hardship == "far":
        picture = _far_away(picture, rng)
    picture = uneven_light(picture, rng.uniform(0.2, 0.5), rng)
    if hardship == "glare":
        picture = _glaring(picture, rng)
    if hardship == "blur":
        picture = picture.filter(ImageFilter.GaussianBlur(picture.width / 390 * rng.uniform(0.7, 1.1)))
    if hardship == "shake":
        picture = picture.filter(ImageFilter.Kernel((5, 5), _streak(rng)))
    strength = rng.uniform(30, 45) if hardship == "noise" else rng.uniform(6, 16)
    noise = Image.effect_noise(picture.size, strength)
    return ImageChops.add(picture, Image.merge("RGB", (noise,) * 3), offset=-128)


def _desk(rng: random.Random) -> str:
    return rng.choice(("#000000", "#8a7f70", "#d8d4cc", "#5a3d28"))


def _keystone(picture: Image.Image, lean: float, rng: random.Random) -> Image.Image:
    width, height = picture.size
    corners = ((0, 0), (0, height), (width, height), (width, 0))
    quad = [
        place
        for x, y in corners
        for place in (x + rng.uniform(-lean, lean) * width, y + rng.uniform(-lean, lean) * height)
    ]
    return picture.transform(picture.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)


def _far_away(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Puts the screen into a photo of a table on which it takes a part of the width."""
    share = rng.uniform(0.4, 0.6)
    size = (2400, 3200) if picture.height >= picture.width else (3200, 2400)
    picture.thumbnail((round(size[0] * share), round(size[1] * share)), Image.Resampling.LANCZOS)
    table = Image.new("RGB", size, _desk(rng))
    pen = ImageDraw.Draw(table)
    for _ in range(12):
        y = rng.randrange(size[1])
        pen.line((0, y, size[0], y + rng.randint(-200, 200)), _desk(rng), rng.randint(2, 20))
    spare = (size[0] - picture.width, size[1] - picture.height)
    table.paste(picture, (rng.randint(0, spare[0]), rng.randint(0, spare[1])))
    return table


def _glaring(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Adds the reflection of a lamp: white in its middle, fading outwards."""
    across = round(min(picture.size) * rng.uniform(0.5, 0.9))
    lamp = Image.radial_gradient("L").point([max(0, 220 - round(level * 1.3)) for level in range(256)])
    light = Image.new("L", picture.size)
    middle = (rng.randint(0, picture.width), rng.randint(0, picture.height // 2))
    light.paste(lamp.resize((across, across)), (middle[0] - across // 2, middle[1] - across // 2))
    return ImageChops.add(picture, Image.merge("RGB", (light,) * 3))


def _streak(rng: random.Random) -> list[float]:
    """Gives the kernel of a hand that shook, level or aslant."""
    aslant = rng.random() < 0.5
    return [float(row == (column if aslant else 2)) for row in range(5) for column in range(5)]


def main(argv: list[str]) -> None:
    """Writes the pictures and their manifest."""
    folder = Path(argv[0])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "manifest.jsonl").open("w", encoding="utf-8") as manifest:
        for made in hard_screens(*(int(argument) for argument in argv[1:] or ["80", "1"])):
            (folder / made.name).write_bytes(made.data)
            row = {"file": made.name, "label": made.label, "kind": made.kind, "wording": made.wording}
            manifest.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
