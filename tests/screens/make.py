"""Draws phone screens with the instruction's error texts (and unrelated ones), then spoils them as families do.

`python -m tests.screens.make FOLDER [COUNT] [SEED]` writes the pictures and a manifest.jsonl; the same seed gives the
same pictures. A screen is a page, a card on a dimmed page or a wide desktop window, in a light or a dark theme; it is
then kept as it is, saved as a poor JPEG, tilted, or photographed: perspective, moiré, uneven light, noise, blur.
"""

import io
import json
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from tests.pack import CHILD, PACK, PARENT

FONT_FOLDERS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/truetype/liberation")
FAMILIES = (("DejaVuSans", "DejaVuSans-Bold"), ("LiberationSans-Regular", "LiberationSans-Bold"))
ERRORS = {
    f"{whose}-{error.id}": error.wording_on(path)
    for whose, path in (("child", CHILD), ("adult", PARENT))
    for error in PACK.errors.values()
}
OTHER_SCREENS = (
    "Расписание. Понедельник: математика, русский язык, физкультура, литература",
    "Оценки за неделю. Алгебра 5 4, химия 3, география 5",
    "Домашнее задание на завтра. Прочитать параграф 12, ответить на вопросы 1–5 письменно",
    "Введите код из СМС. Мы отправили его на ваш номер телефона",
    "Родительское собрание пройдёт в четверг в 18:00 в кабинете 214. Просим не опаздывать",
    "Нет подключения к интернету. Проверьте сеть и попробуйте ещё раз",
)
AROUND = ("Моя школа", "Главная", "Электронный журнал", "Новости школы", "Сообщения", "Профиль", "Настройки")
BUTTONS = ("Понятно", "Закрыть", "На главную", "Обновить", "Выйти", "Вернуться")
SPOILINGS = ("none", "jpeg", "tilt", "light", "photo")


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of a screen."""

    page: str
    card: str
    text: str
    faint: str
    bar: str
    link: str


LIGHT = (
    Theme("#fafafa", "#ffffff", "#000000", "#333333", "#0077ff", "#000000"),
    Theme("#eef2f7", "#ffffff", "#0b1f33", "#66727f", "#ee2f53", "#0d4cd3"),
    Theme("#fff8e8", "#fffdf6", "#3b2f20", "#6b5d4b", "#3a7d44", "#8a4b08"),
)
DARK = (
    Theme("#1a1a1a", "#2b2b2b", "#f2f2f2", "#eeeeee", "#333333", "#ffffff"),
    Theme("#000000", "#1c1c1e", "#ffffff", "#98989f", "#1c1c1e", "#6ab3f3"),
    Theme("#17212b", "#232e3c", "#f5f5f5", "#a8b5c2", "#242f3d", "#6ab2f2"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """The look of a drawn screen: `scale` is picture pixels for one point of the layout, sizes are in points."""

    theme: Theme
    layout: str
    scale: float
    width: int
    height: int
    title_size: int
    body_size: int
    family: tuple[str, str]
    centred: bool
    split: bool


@dataclass(frozen=True, slots=True)
class Screen:
    """A finished picture: `label` is a key of ERRORS or "none", `wording` the error text on it or ""."""

    name: str
    label: str
    wording: str
    kind: str
    data: bytes


def screens(count: int, seed: int = 43) -> Iterator[Screen]:
    """Yields `count` screens; each depends on `seed` and its own number only."""
    labels = [*ERRORS, *ERRORS, "none"]
    for number in range(count):
        rng = random.Random(f"{seed}-{number}")
        yield screen(number, labels[number % len(labels)], rng.choice(SPOILINGS), rng)


def screen(number: int, label: str, spoiling: str, rng: random.Random, look: Look | None = None) -> Screen:
    """Draws one screen and spoils it; `look` fixes what would else be drawn by lot."""
    look = look or random_look(rng)
    wording = ERRORS.get(label, "")
    picture = draw(look, wording or rng.choice(OTHER_SCREENS), rng)
    picture, quality = spoil(picture, spoiling, look, rng)
    kind = f"{spoiling}/{look.layout}/{'dark' if look.theme in DARK else 'light'}/x{look.scale:g}"
    suffix = "jpg" if quality else "png"
    return Screen(f"{number:04d}-{label}-{spoiling}.{suffix}", label, wording, kind, encode(picture, quality))


def encode(picture: Image.Image, quality: int | None) -> bytes:
    """The bytes of a JPEG of that quality, or of a PNG where `quality` is None."""
    stream = io.BytesIO()
    if quality:
        picture.save(stream, "JPEG", quality=quality)
    else:
        picture.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def random_look(rng: random.Random) -> Look:
    layout = rng.choice(("page", "page", "card", "card", "dialog", "wide"))
    wide = layout == "wide"
    return Look(
        theme=rng.choice(LIGHT + DARK),
        layout=layout,
        scale=rng.choice((1, 1.25, 1.5) if wide else (1, 1.5, 2, 2.75, 3)),
        width=rng.choice((1280, 1366, 1536)) if wide else rng.choice((360, 375, 390, 412)),
        height=rng.choice((700, 768, 864)) if wide else rng.choice((640, 760, 844)),
        title_size=rng.randint(17, 25),
        body_size=rng.randint(12, 17),
        family=rng.choice(FAMILIES),
        centred=layout in ("card", "dialog") or rng.random() < 0.2,
        split=rng.random() < 0.7,
    )


def font(name: str, size: float) -> ImageFont.FreeTypeFont:
    """Raises OSError where none of the folders has the font (Debian: fonts-dejavu-core, fonts-liberation)."""
    for folder in FONT_FOLDERS:
        path = Path(folder, f"{name}.ttf")
        if path.exists():
            return ImageFont.truetype(str(path), size)
    return ImageFont.truetype("DejaVuSans.ttf", size)


def draw(look: Look, message: str, rng: random.Random) -> Image.Image:
    """The clean screen: status bar, heading bar, other words of the page, and the message where its layout has it."""
    theme, scale = look.theme, look.scale
    size = (round(look.width * scale), round(look.height * scale))
    picture = Image.new("RGB", size, theme.page)
    pen = ImageDraw.Draw(picture)
    small = font(look.family[0], 12 * scale)
    pen.text((12 * scale, 8 * scale), f"{rng.randint(7, 22)}:{rng.randint(10, 59)}", theme.faint, font=small)
    pen.text((size[0] - 12 * scale, 8 * scale), f"4G {rng.randint(5, 99)}%", theme.faint, font=small, anchor="ra")
    pen.rectangle((0, 28 * scale, size[0], 76 * scale), theme.bar)
    heading = font(look.family[0], 17 * scale)
    pen.text((14 * scale, 42 * scale), f"← {rng.choice(AROUND)}", "white", font=heading)
    if look.layout == "dialog":
        draw_news(pen, look, rng)
        picture = Image.blend(picture, Image.new("RGB", size, "black"), 0.55)
        pen = ImageDraw.Draw(picture)
    draw_message(pen, look, message, rng)
    return picture


def draw_news(pen: ImageDraw.ImageDraw, look: Look, rng: random.Random) -> None:
    """Words of the page that a dialog covers."""
    top = 100.0
    while top < look.height - 40:
        pen.text(
            (16 * look.scale, top * look.scale),
            rng.choice(AROUND + OTHER_SCREENS)[:44],
            look.theme.text,
            font=font(look.family[0], 13 * look.scale),
        )
        top += 34


def draw_message(pen: ImageDraw.ImageDraw, look: Look, message: str, rng: random.Random) -> None:
    theme, scale = look.theme, look.scale
    carded = look.layout in ("card", "dialog")
    margin = 36 if carded else 16
    text_width = min(look.width - 2 * margin, 620) * scale
    parts = lines_of(message, look, text_width)
    line_heights = [written.size * 1.35 for _, written, _ in parts]
    top = (200 if look.layout == "dialog" else rng.randint(96, 150)) * scale
    left = margin * scale
    bottom = top + sum(line_heights) + 70 * scale
    if carded:
        pen.rounded_rectangle(
            (left - 18 * scale, top - 22 * scale, left + text_width + 18 * scale, bottom), 12 * scale, theme.card
        )
    y = top
    for (line, written, colour), height in zip(parts, line_heights, strict=True):
        x = left + (text_width - written.getlength(line)) / 2 if look.centred else left
        pen.text((x, y), line, colour, font=written)
        if colour == theme.link:
            under = y + written.size * 1.08
            pen.line((x, under, x + written.getlength(line), under), colour, max(1, round(scale)))
        y += height
    label = rng.choice(BUTTONS)
    button = font(look.family[0], 15 * scale)
    middle = left + text_width / 2 if look.centred else left + button.getlength(label) / 2 + 22 * scale
    half = button.getlength(label) / 2 + 20 * scale
    pen.rounded_rectangle((middle - half, y + 14 * scale, middle + half, y + 54 * scale), 8 * scale, "#3fa985")
    pen.text((middle, y + 34 * scale), label, "white", font=button, anchor="mm")


def lines_of(message: str, look: Look, width: float) -> list[tuple[str, ImageFont.FreeTypeFont, str]]:
    """The message wrapped to `width` pixels: a bold title, then the body; the last body line is drawn as a link."""
    head, _, rest = message.partition(". ")
    if not look.split:
        head, rest = "", message
    title = font(look.family[1], look.title_size * look.scale)
    body = font(look.family[0], look.body_size * look.scale)
    lines = [(line, title, look.theme.text) for line in wrap(head, title, width)]
    below = wrap(rest, body, width)
    colours = [look.theme.faint] * len(below)
    if rest.endswith("связи"):
        colours[-1] = look.theme.link
    return lines + list(zip(below, [body] * len(below), colours, strict=True))


def wrap(text: str, written: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and written.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def spoil(picture: Image.Image, spoiling: str, look: Look, rng: random.Random) -> tuple[Image.Image, int | None]:
    """The spoiled picture and the JPEG quality to save it with (None: PNG)."""
    quality = rng.choice((30, 40, 50, 60, 75))
    if spoiling == "none":
        return picture, rng.choice((None, 85))
    if spoiling == "tilt":
        picture = tilt(picture, rng.uniform(-5, 5), rng)
    if spoiling == "light":
        picture = uneven_light(picture, rng.uniform(0.35, 0.6), rng)
    if spoiling == "photo":
        # a screen of scale 1 has too few pixels to be photographed line by line; a camera gives more than it shows
        if look.scale < 2:
            picture = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)
        quality = max(quality, 50)
        picture = photograph(picture, rng)
    return picture, quality


def tilt(picture: Image.Image, degrees: float, rng: random.Random) -> Image.Image:
    backdrop = rng.choice(("#000000", "#8a7f70", "#d8d4cc"))
    return picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=backdrop)


def uneven_light(picture: Image.Image, strength: float, rng: random.Random) -> Image.Image:
    """Darkens the picture away from a bright spot, down to `1 - strength` of its brightness."""
    ramp = Image.radial_gradient("L") if rng.random() < 0.5 else Image.linear_gradient("L")
    ramp = ramp.rotate(rng.choice((0, 90, 180, 270))).resize(picture.size, Image.Resampling.BICUBIC)
    shade = ramp.point([round(255 * (1 - strength * level / 255)) for level in range(256)])
    return ImageChops.multiply(picture, Image.merge("RGB", (shade,) * 3))


def photograph(picture: Image.Image, rng: random.Random) -> Image.Image:
    """A photo of the screen: keystone, tilt, moiré stripes, uneven light, sensor noise and a little blur."""
    width, height = picture.size
    lean = 0.03
    corners = [
        (rng.uniform(-lean, lean) * width, rng.uniform(-lean, lean) * height),
        (rng.uniform(-lean, lean) * width, height + rng.uniform(-lean, lean) * height),
        (width + rng.uniform(-lean, lean) * width, height + rng.uniform(-lean, lean) * height),
        (width + rng.uniform(-lean, lean) * width, rng.uniform(-lean, lean) * height),
    ]
    quad = tuple(value for corner in corners for value in corner)
    photo = picture.transform(picture.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    photo = tilt(photo, rng.uniform(-4, 4), rng)
    photo = moire(photo, rng)
    photo = uneven_light(photo, rng.uniform(0.2, 0.45), rng)
    noise = Image.effect_noise(photo.size, rng.uniform(8, 20))
    photo = ImageChops.add(photo, Image.merge("RGB", (noise,) * 3), offset=-128)
    return photo.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))


def moire(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Adds faint slanted stripes, as a camera sees the screen's own grid."""
    period = rng.uniform(5, 14)
    slope = rng.uniform(0.2, 1.2)
    amplitude = rng.uniform(4, 10)
    tile = 128
    stripes = Image.new("L", (tile, tile))
    stripes.putdata(
        [
            round(128 + amplitude * math.sin((x + slope * y) * 2 * math.pi / period))
            for y in range(tile)
            for x in range(tile)
        ]
    )
    whole = Image.new("L", picture.size)
    for y in range(0, picture.height, tile):
        for x in range(0, picture.width, tile):
            whole.paste(stripes, (x, y))
    return ImageChops.add(picture, Image.merge("RGB", (whole,) * 3), offset=-128)


def main(argv: list[str]) -> None:
    folder = Path(argv[0])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "manifest.jsonl").open("w", encoding="utf-8") as manifest:
        for made in screens(*(int(argument) for argument in argv[1:] or ["90"])):
            (folder / made.name).write_bytes(made.data)
            row = {"file": made.name, "label": made.label, "kind": made.kind, "wording": made.wording}
            manifest.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
