"""The command line: run · demo · check · stats · poster · recognise. Each loads only what it needs."""

import asyncio
import io
import sys
from collections.abc import Callable, Sequence

from bot import texts_ru as texts

_HELP = ("-h", "--help", "help")
_INTERRUPTED = 130  # what a shell gives for Ctrl-C


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit status: 0, 1 where it found something wrong, 2 for wrong settings or calls."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a sign shows another in its place, rather than a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else ""
    command = _COMMANDS.get(name)
    if command is None:
        return _usage(asked=name in _HELP)
    if command in (_run, _check) and arguments[1:]:
        return _usage(asked=arguments[1] in _HELP)
    try:
        return command(arguments[1:])
    except KeyboardInterrupt:
        return _INTERRUPTED


def _usage(*, asked: bool) -> int:
    print(texts.USAGE, file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def _run(_: list[str]) -> int:
    from bot.app import run
    from bot.logs import set_up
    from bot.parts import PartEnded
    from bot.settings import SettingsError, load_settings, prepare_data_folder

    try:
        settings = load_settings()
        prepare_data_folder(settings)
        set_up(settings.log_level, settings.log_format)
        run(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except PartEnded:
        return 1  # systemd and Docker start it again
    except KeyboardInterrupt:
        return 0
    return 0


def _recognise(arguments: list[str]) -> int:
    from bot.recognise_command import main as recognise

    return recognise(arguments)


def _check(_: list[str]) -> int:
    from bot.check.command import check_everything, check_wrong_settings
    from bot.settings import SettingsError, load_settings

    try:
        settings = load_settings(require_token=False)
    except SettingsError as error:
        return asyncio.run(check_wrong_settings(error))
    return asyncio.run(check_everything(settings))


def _stats(arguments: list[str]) -> int:
    from bot.statistics.stats_command import main as stats

    return stats(arguments)


def _poster(arguments: list[str]) -> int:
    from bot.poster import main as poster

    return poster(arguments)


def _demo(arguments: list[str]) -> int:
    from sandbox.demo import main as demo

    return demo(arguments)


_COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run": _run,
    "demo": _demo,
    "check": _check,
    "stats": _stats,
    "poster": _poster,
    "recognise": _recognise,
}

if __name__ == "__main__":
    sys.exit(main())
