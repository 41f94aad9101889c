"""The package as `pip install .` makes it: every file inside, and `ediary-bot` works far away from the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot import __version__
from sandbox.ports import free_port
from tests.sandbox.demo_process import demo, viewer
from tests.world import _SETTINGS, ROOT

pytestmark = pytest.mark.slow

PACKAGES = ("bot", "storage", "sandbox")
METADATA = ("pyproject.toml", "README.md", "requirements.txt", "requirements-dev.txt")


@dataclass(frozen=True)
class Installed:
    """A wheel, and the command that an environment with it has; `folder` is an empty one to call it in."""

    wheel: Path
    command: Path
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The surroundings of a call: no setting of the bot, and nothing that leads to the tree."""
        left_out = {*_SETTINGS, "PYTHONPATH", "VIRTUAL_ENV"}
        return {name: value for name, value in os.environ.items() if name.upper() not in left_out}

    def called(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs the command to its end."""
        return subprocess.run(
            [self.command, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel of a copy of the tree, in an environment that borrows the libraries of this one: nothing is loaded."""
    folder = tmp_path_factory.mktemp("installed")
    tree, environment = folder / "tree", folder / "environment"
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in METADATA:
        shutil.copy(ROOT / name, tree)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    _run(*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(folder), str(tree))
    shutil.rmtree(tree)
    (wheel,) = folder.glob("*.whl")
    _run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    paths = {"base": str(environment), "platbase": str(environment)}
    libraries = Path(sysconfig.get_path("purelib", "venv", paths))
    (libraries / "borrowed.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    commands = Path(sysconfig.get_path("scripts", "venv", paths))
    _run(*pip, "--python", str(commands / "python"), "install", "--no-deps", "--no-index", str(wheel))
    (folder / "elsewhere").mkdir()
    return Installed(wheel, commands / "ediary-bot", folder / "elsewhere")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_of_the_packages_is_in_the_wheel(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        found = {name for name in wheel.namelist() if ".dist-info/" not in name}
    files = {file.relative_to(ROOT) for name in PACKAGES for file in (ROOT / name).rglob("*") if file.is_file()}
    assert found == {file.as_posix() for file in files if "__pycache__" not in file.parts}
    for needed in ("bot/texts_ru.py", "sandbox/web/index.html", "storage/migrations/script.py.mako"):
        assert needed in found


def test_the_wheel_has_the_version_that_the_bot_tells(installed: Installed) -> None:
    assert installed.wheel.name.split("-")[1] == __version__
    assert installed.called("--version").stdout == f"{__version__}\n"


def test_help_names_the_installed_command(installed: Installed) -> None:
    done = installed.called("poster", "--help")
    assert done.returncode == 0 and "ediary-bot poster [--username ИМЯ_БОТА]" in done.stdout


def test_check_says_what_is_missing_in_the_folder_where_it_is_called(installed: Installed) -> None:
    done = installed.called("check")
    assert done.returncode == 2 and not done.stderr
    assert str(installed.folder) in done.stdout and "@BotFather" in done.stdout and "✓ Порт" in done.stdout


def test_recognise_knows_an_error(installed: Installed) -> None:
    done = installed.called("recognise", "--path", "parent", "дневник не найден")
    assert done.returncode == 0 and "сообщите о ней через форму обратной связи" in done.stdout


def test_the_poster_is_drawn_with_what_comes_along(installed: Installed) -> None:
    done = installed.called("poster", "--username", "school43_bot", "--out", "poster")
    assert done.returncode == 0, done.stderr
    assert [file.suffix for file in sorted((installed.folder / "poster").iterdir())] == [".pdf", ".png"]


def test_an_old_database_can_be_upgraded(installed: Installed) -> None:
    look = "from storage.migrations.upgrade import is_known; import sys; sys.exit(not is_known('0001'))"
    python = installed.command.with_name("python")
    done = subprocess.run([python, "-c", look], cwd=installed.folder, env=installed.environment, timeout=60)
    assert done.returncode == 0


async def test_the_demo_answers_and_stops(installed: Installed) -> None:
    program = (str(installed.command),)
    async with demo("--port", str(free_port()), program=program, folder=installed.folder, PYTHONPATH="") as running:
        async with ClientSession() as session, session.get(running.url) as answer:
            assert answer.status == 200 and "<html" in await answer.text()
        async with viewer(running.url) as page:
            mother = page.state["chats"][0]["id"]
            await page.ask("say", person=mother, text="/start")
            await page.until(lambda: page.button(mother, "Я родитель"), what="the bot's first screen")
        await running.ends()
        assert running.process.returncode == 0
