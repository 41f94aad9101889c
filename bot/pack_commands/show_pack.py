"""Prints every screen of a pack for proofreading: `python -m bot content show [--html FILE]`."""

import sys
from collections.abc import Iterable
from pathlib import Path

from bot import texts_ru as texts
from bot.flows.content import Pack
from bot.flows.marked import escape, plain
from bot.flows.screen import Button, School
from bot.pack_commands.every_screen import ShownScreen, every_screen

EXIT_OK, EXIT_WRONG = 0, 1
_STYLE = (
    "body{font:16px/1.45 system-ui,sans-serif;max-width:44rem;margin:1rem auto;padding:0 1rem;"
    "background:#eef1f5;color:#1c2430;overflow-wrap:anywhere}"
    "article{background:#fff;border-radius:12px;padding:1rem 1.2rem;margin:1rem 0}"
    ".text{white-space:pre-wrap}h1{font-size:1.3rem}"
    "h2{font-size:1rem;color:#4a5563;margin:0 0 .4rem}"
    ".row{display:flex;flex-wrap:wrap;gap:.3rem;margin-top:.4rem}"
    ".row>*{border:1px solid #b9c4d0;border-radius:8px;padding:.2rem .6rem;color:#1d4f91}"
)


def show(pack: Pack, html_file: Path | None) -> int:
    """Prints every screen of a pack, or writes them as one HTML page; returns the exit status."""
    school = School(name=pack.about.school, pack=pack)
    shown = list(every_screen(pack, school))
    if html_file is None:
        sys.stdout.write(_as_text(pack, shown))
        return EXIT_OK
    try:
        html_file.write_text(_as_page(pack, shown), "utf-8")
    except OSError as error:
        print(texts.SHOW_CANNOT_WRITE.format(file=html_file, error=error.strerror), file=sys.stderr)
        return EXIT_WRONG
    print(texts.SHOW_WRITTEN.format(count=len(shown), file=html_file))
    return EXIT_OK


def _head(pack: Pack) -> list[str]:
    about = pack.about
    return [about.title, texts.SHOW_ABOUT.format(source=about.source, date=about.date, version=about.version)]


def _as_text(pack: Pack, shown: Iterable[ShownScreen]) -> str:
    parts = ["\n".join(_head(pack))]
    for one in shown:
        rows = "\n".join("  ".join(f"[{button.label}]" for button in row) for row in one.screen.rows)
        parts.append(f"=== {one.heading} ({one.route.code})\n\n{plain(one.screen.text)}\n\n{rows}")
    return "\n\n".join(parts) + "\n"


def _as_page(pack: Pack, shown: Iterable[ShownScreen]) -> str:
    title, about = _head(pack)
    parts = [f"<h1>{escape(title)}</h1>\n<p>{escape(about)}</p>"]
    for one in shown:
        rows = "".join(f'\n<div class="row">{"".join(map(_button, row))}</div>' for row in one.screen.rows)
        heading = f"{escape(one.heading)} <small>{escape(one.route.code)}</small>"
        text = f'<div class="text">{one.screen.text}</div>'
        parts.append(f"<article>\n<h2>{heading}</h2>\n{text}{rows}\n</article>")
    head = (
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>"
    )
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="ru">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def _button(button: Button) -> str:
    """Gives a button as it is seen; one that opens an address may be followed."""
    label = escape(button.label)
    return f'<a href="{escape(button.url)}">{label}</a>' if button.url else f"<span>{label}</span>"
