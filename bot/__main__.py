"""The command line: `python -m bot COMMAND`, or `ediary-bot COMMAND` once the package is installed.

Each command is imported when it is called, so that none loads what only another one needs.
"""

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from bot import __version__
from bot import texts_ru as texts
from bot.flows.whole_numbers import whole_number

SCRIPT = "ediary-bot"  # the name of the installed command, see pyproject.toml
WRONG_CALL = 2
_INTERRUPTED = 130  # what a shell gives for Ctrl-C


class _Parser(argparse.ArgumentParser):
    """Parses the command line, and shows none of argparse's own words, which are English."""

    def __init__(self, **more: Any) -> None:
        super().__init__(add_help=False, allow_abbrev=False, formatter_class=_Help, **more)
        self.options = self.add_argument_group(texts.COMMAND_LINE_OPTIONS)
        self.options.add_argument("-h", "--help", action="help", help=texts.COMMAND_LINE_HELP)

    def error(self, message: str) -> NoReturn:
        """Ends the process as `refuse` does, for what argparse itself finds wrong."""
        self.refuse(texts.COMMAND_LINE_WRONG)

    def refuse(self, said: str) -> NoReturn:
        """Ends the process with status 2 after printing what is wrong and the help of the command."""
        self.exit(WRONG_CALL, f"{said}\n\n{self.format_help()}")


class _Help(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=110)

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        """Writes the usage line with a Russian word before it, and without the `-h` that every command takes."""
        shown = [action for action in actions if "-h" not in action.option_strings]
        super().add_usage(usage, shown, groups, texts.COMMAND_LINE_USAGE if prefix is None else prefix)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit status: 0, 1 where it found something wrong, 2 for wrong settings or calls."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a sign shows another in its place, rather than a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    parser = _parser()
    try:
        asked, unknown = parser.parse_known_args(argv)
        if asked.command is None:
            parser.print_help(sys.stderr)
            return WRONG_CALL
        if asked.command == "recognise":
            # argparse takes words that follow an option apart from those before it: they are one text here.
            asked.words += [word for word in unknown if not word.startswith("--")]
            unknown = [word for word in unknown if word.startswith("--")]
        if unknown:
            asked.parser.refuse(texts.COMMAND_LINE_UNKNOWN.format(said=unknown[0]))
        status = int(asked.run(asked))
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever reads has seen enough (`… | head`). What is left in the buffer would fail once more at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as end:
        return int(end.code or 0)
    except KeyboardInterrupt:
        return _INTERRUPTED


def _parser() -> _Parser:
    """Describes every command with its options; a parsed call holds `command`, `parser` and `run`."""
    program = SCRIPT if Path(sys.argv[0]).stem == SCRIPT else "python -m bot"
    parser = _Parser(prog=program, description=texts.COMMAND_LINE_ABOUT)
    parser.options.add_argument("--version", action="version", version=__version__, help=texts.COMMAND_LINE_VERSION)
    commands = parser.add_subparsers(
        dest="command", title=texts.COMMAND_LINE_COMMANDS, metavar=texts.COMMAND_LINE_COMMAND
    )

    def command(name: str, run: Callable[[argparse.Namespace], int]) -> _Parser:
        about = texts.COMMAND_LINE_COMMAND_HELP[name]
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=run, parser=added)
        return added

    number, folder = texts.COMMAND_LINE_NUMBER, texts.COMMAND_LINE_FOLDER
    command("run", _run)
    command("check", _check)
    demo = command("demo", _demo).options
    demo.add_argument("--port", default="8081", metavar=number, help=texts.DEMO_PORT_HELP)
    demo.add_argument("--data", type=Path, metavar=folder, help=texts.DEMO_DATA_HELP)
    demo.add_argument("--schools", choices=("1", "2"), default="1", help=texts.DEMO_SCHOOLS_HELP)
    stats = command("stats", _stats).options
    stats.add_argument("--csv", action="store_true", help=texts.STATS_CSV_HELP)
    stats.add_argument("--days", metavar=number, help=texts.STATS_DAYS_HELP)
    stats.add_argument("--by-school", action="store_true", help=texts.STATS_BY_SCHOOL_HELP)
    poster = command("poster", _poster).options
    poster.add_argument("--username", metavar=texts.POSTER_USERNAME, help=texts.POSTER_USERNAME_HELP)
    poster.add_argument("--max-username", metavar=texts.POSTER_USERNAME, help=texts.POSTER_MAX_USERNAME_HELP)
    poster.add_argument("--out", type=Path, default=Path(), metavar=folder, help=texts.POSTER_OUT_HELP)
    recognise = command("recognise", _recognise).options
    recognise.add_argument("--path", metavar=texts.RECOGNISE_PATH, help=texts.RECOGNISE_PATH_HELP)
    recognise.add_argument("--explain", action="store_true", help=texts.RECOGNISE_EXPLAIN_HELP)
    recognise.add_argument("--jsonl", action="store_true", help=texts.RECOGNISE_JSONL_HELP)
    recognise.add_argument("words", nargs="*", metavar=texts.RECOGNISE_TEXT, help=texts.RECOGNISE_TEXT_HELP)
    content = command("content", _content).options
    content.add_argument("action", choices=list(texts.CONTENT_ACTIONS), help=_choices(texts.CONTENT_ACTIONS))
    content.add_argument("pack", nargs="?", metavar=texts.CONTENT_PACK, help=texts.CONTENT_PACK_HELP)
    content.add_argument("--html", type=Path, metavar=texts.CONTENT_FILE, help=texts.CONTENT_HTML_HELP)
    schools = command("schools", _schools).options
    schools.add_argument("action", choices=list(texts.SCHOOL_ACTIONS), help=_choices(texts.SCHOOL_ACTIONS))
    schools.add_argument("school", nargs="?", default="", metavar=texts.SCHOOL_SLUG, help=texts.SCHOOL_SLUG_HELP)
    for option, about in (
        ("--name", texts.SCHOOL_NAME_HELP),
        ("--slug", texts.SCHOOL_SLUG_HELP),
        ("--pack", texts.SCHOOL_PACK_HELP),
        ("--contacts", texts.SCHOOL_CONTACTS_HELP),
        ("--hours", texts.SCHOOL_HOURS_HELP),
    ):
        schools.add_argument(option, default="", metavar=texts.SCHOOL_CLI_TEXT, help=about)
    schools.add_argument("--out", type=Path, default=Path(), metavar=folder, help=texts.SCHOOL_OUT_HELP)
    schools.add_argument("--yes", action="store_true", help=texts.SCHOOL_YES_HELP)
    # Some people try `help`; without a line of its own it is not listed.
    commands.add_parser("help").set_defaults(run=_help, parser=parser)
    return parser


def _help(asked: argparse.Namespace) -> int:
    asked.parser.print_help()
    return 0


def _run(_: argparse.Namespace) -> int:
    from bot.quick_imports import quickly

    with quickly():
        from bot.app import run
        from bot.background_tasks import TaskEnded
        from bot.logs import set_up
        from bot.settings import SettingsError, load_settings, prepare_data_folder

    try:
        settings = load_settings()
        prepare_data_folder(settings)
        set_up(settings.log_level, settings.log_format, secrets=settings.secrets)
        run(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except TaskEnded:
        return 1  # systemd and Docker start it again
    except KeyboardInterrupt:
        return 0
    return 0


def _check(_: argparse.Namespace) -> int:
    from bot.quick_imports import quickly

    with quickly():
        from bot.check.check_command import check_everything, check_wrong_settings
        from bot.settings import SettingsError, load_settings

    try:
        settings = load_settings(require_token=False)
    except SettingsError as error:
        return asyncio.run(check_wrong_settings(error))
    return asyncio.run(check_everything(settings))


def _demo(asked: argparse.Namespace) -> int:
    from bot.quick_imports import quickly

    with quickly():
        from sandbox.demo import main as demo

    if not whole_number(asked.port, most=65535):
        asked.parser.refuse(texts.DEMO_BAD_PORT.format(said=asked.port))
    return demo(int(asked.port), asked.data, int(asked.schools))


def _stats(asked: argparse.Namespace) -> int:
    from bot.quick_imports import quickly

    with quickly():
        from bot.statistics import report, stats_command

    if asked.days is not None and not report.is_days(asked.days):
        asked.parser.refuse(texts.STATS_BAD_DAYS.format(said=asked.days, most=report.MOST_DAYS))
    days = int(asked.days) if asked.days else None
    return stats_command.main(csv=asked.csv, days=days, by_school=asked.by_school)


def _poster(asked: argparse.Namespace) -> int:
    from bot import poster
    from bot.channels.abilities import CHANNELS

    if asked.username is None and asked.max_username is None:
        asked.parser.refuse(texts.POSTER_NO_USERNAME)
    said = zip((asked.username or "", asked.max_username or ""), CHANNELS, strict=True)
    username, in_max = (poster.name_in(words, channel) for words, channel in said)
    if asked.username is not None and username is None:
        asked.parser.refuse(texts.POSTER_BAD_USERNAME)
    if asked.max_username is not None and in_max is None:
        asked.parser.refuse(texts.POSTER_BAD_MAX_USERNAME)
    return poster.main(username, asked.out, in_max)


def _recognise(asked: argparse.Namespace) -> int:
    from bot import recognise_command
    from bot.flows import pack_files

    pack = pack_files.load()
    try:
        path = recognise_command.path_named(asked.path, pack)
    except ValueError:
        asked.parser.refuse(texts.RECOGNISE_BAD_PATH.format(path=asked.path, paths=", ".join(pack.paths)))
    if asked.jsonl:
        return recognise_command.answer_lines(pack)
    if not asked.words:
        asked.parser.refuse(texts.RECOGNISE_NO_TEXT)
    return recognise_command.answer(" ".join(asked.words), pack, path, explain=asked.explain)


def _content(asked: argparse.Namespace) -> int:
    from bot.pack_commands import content_command

    return content_command.run(asked.action, asked.pack, asked.html)


def _schools(asked: argparse.Namespace) -> int:
    from bot.quick_imports import quickly

    with quickly():
        from bot import schools_command
        from bot.schools.registering import NewSchool

    if asked.action == "add":
        name = asked.name or asked.school
        return schools_command.add(NewSchool(name, asked.slug, asked.pack, asked.contacts, asked.hours), asked.out)
    if asked.action == "list":
        return schools_command.show_list()
    slug = asked.school or asked.slug
    if not slug:
        asked.parser.refuse(texts.SCHOOL_CLI_SLUG_NEEDED)
    if asked.action == "code":
        return schools_command.new_code(slug, asked.out)
    return schools_command.remove(slug, asked.out, sure=asked.yes)


def _choices(actions: dict[str, str]) -> str:
    return "; ".join(f"{name}: {what}" for name, what in actions.items())


if __name__ == "__main__":
    sys.exit(main())
