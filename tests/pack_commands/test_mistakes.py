"""A pack with each kind of mistake: the refusal names the file, the line and a way out, in Russian."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.flows import pack_files
from bot.flows.pack_problems import Problem
from bot.flows.understanding.examples import MODEL
from bot.pack_commands import content_command
from bot.pack_commands.build_model import build
from bot.pack_commands.check_pack import problems_of

LONG = "очень длинный текст " * 300
RUSSIAN = re.compile("[а-яё]{3,}")
ENGLISH = re.compile(r"\b(?:line|value|invalid|expected|should|must|input|string)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Slip:
    """A slip of the pen: `old` is replaced by `new` once. `at` stands where the refusal leads, which says `said`."""

    file: str
    old: str
    new: str
    at: str
    said: str

    def make(self, folder: Path) -> None:
        """Makes the slip in a copy of a pack."""
        source = (folder / self.file).read_text("utf-8")
        assert self.old in source, self.old
        (folder / self.file).write_text(source.replace(self.old, self.new, 1), "utf-8")


STEP = 'text.parent = """\nДождитесь'
SLIPS = {
    "a text that stands twice": Slip(
        "steps.toml", STEP, 'text.pupil = """\nДождитесь', "Дождитесь, пока", "уже есть выше"
    ),
    "a reader without a text": Slip(
        "steps.toml", 'text.parent = """\nВойдите в электронный', 'text.pupil = """\nВойдите в электронный',
        'path = "parent"', "нет текста text для parent: допишите text.parent",
    ),
    "a reader without a remedy": Slip(
        "errors.toml", '[error.remedy.parent]\nparent = """', '[error.remedy.parent]\npupil = """',
        "[error.remedy.parent]", "нет ответа для пути parent и читателя parent: допишите",
    ),
    "a path without a remedy": Slip(
        "errors.toml", "[error.remedy.parent]", "[error.remedy.pupils]", "[error.remedy.pupils]", "нет пути pupils"
    ),
    "a path without steps": Slip(
        "paths.toml", '[[path]]\nid = "parent"', '[[path]]\nid = "mother"', '[[path]]', "нет ни одного шага"
    ),
    "a step of no path": Slip(
        "steps.toml", 'path = "adult_pupil"', 'path = "adults"', 'path = "adults"', "нет пути adults; есть: child"
    ),
    "a wording of no path": Slip("errors.toml", 'paths = ["child"]', 'paths = ["kid"]', '["kid"]', "нет пути kid"),
    "two wordings on one path": Slip(
        "errors.toml", 'paths = ["adult_pupil", "parent"]', 'paths = ["child", "adult_pupil", "parent"]',
        '["child", "adult_pupil"', "уже есть надпись",
    ),
    "a button that is missing": Slip(
        "paths.toml", 'parent_button = "Вхожу сам(а)"\n', "", '[[path]]', "нет подписи кнопки parent_button"
    ),
    "a mark that stays open": Slip(
        "steps.toml", "«Семья и дети»</b> и \\\nзаполнить", "«Семья и дети» и \\\nзаполнить", 'text.pupil = """',
        "<b> не закрыта или неизвестна",
    ),
    "a mark that Telegram does not know": Slip(
        "errors.toml", "<b>Что это значит</b>", "<h1>Что это значит</h1>", "<h1>", "можно b, i, u"
    ),
    "a sign that is taken for a mark": Slip(
        "topics.toml", 'child = """\n', 'child = """\nЕсли тебе < 14 лет, спроси маму. ', 'child = """', "как &lt;"
    ),
    "braces in a topic": Slip(
        "topics.toml", 'child = """\n', 'child = """\nНажми {вход}. ', 'child = """', "фигурные скобки"
    ),
    "braces in a step": Slip("steps.toml", "Дождитесь, пока", "Дождитесь {чего}, пока", "Дождитесь {", "фигурные"),
    "a link by http": Slip(
        "steps.toml", "https://lk.gosuslugi.ru", "http://lk.gosuslugi.ru", "http://lk", "замените на https"
    ),
    "a link that is none": Slip(
        "topics.toml", "https://esia.gosuslugi.ru/login/recovery", "esia.gosuslugi.ru", '"esia.', "нужен полный адрес"
    ),
    "a link within a text": Slip(
        "steps.toml", "<b>«Семья и дети»</b>", '<a href=\'tg://user?id=1\'>«Семья»</a>', "tg://", "нужен полный адрес"
    ),
    "a label that is too long": Slip(
        "steps.toml", 'label = "Как создать детскую запись"', f'label = "Как создать {"очень " * 10}детскую запись"',
        "Как создать очень", "знаков, поместится 60: сократите",
    ),
    "a button's label that is too long": Slip(
        "paths.toml", "Мне уже 18", "Мне уже исполнилось восемнадцать полных лет и, надо же, даже больше", "надо же",
        "поместится 60: сократите",
    ),
    "a step that is too long": Slip(
        "steps.toml", "Дождитесь, пока", f"Дождитесь. {LONG}", 'Дождитесь. оч', "поместится 3600: сократите"
    ),
    "a remedy that is too long": Slip(
        "errors.toml", '[error.remedy.parent]\nparent = """\n', f'[error.remedy.parent]\nparent = """\n{LONG}',
        "в вашем номере СНИЛС", "поместится 3600: сократите",
    ),
    "an answer that is too long": Slip(
        "topics.toml", 'adult = """\n', f'adult = """\n{LONG}', 'adult = """', "поместится 3600: сократите"
    ),
    "an id that stands twice": Slip(
        "topics.toml", 'id = "no_code"', 'id = "captcha"', "", "имя captcha уже занято"
    ),
    "an id of the bot's own": Slip("topics.toml", 'id = "no_code"', 'id = "thanks"', '"thanks"', "назовите иначе"),
    "an id that is none": Slip("topics.toml", 'id = "no_code"', 'id = "Код"', 'id = "Код"', "латинские буквы"),
    "an id that is too long": Slip(
        "paths.toml", 'id = "adult_pupil"', 'id = "adult_pupil_of_18"', "_of_18", "длиннее 12 знаков: сократите"
    ),
    "a link that is taken": Slip("paths.toml", '"p_adult"', '"p_child"', "parents_link", "ссылка p_child уже занята"),
    "an age of two paths": Slip("paths.toml", "from = 18", "from = 17", '"adult_pupil"', "возраст 17 подходит"),
    "an age of no path": Slip("paths.toml", "from = 18", "from = 19", '"adult_pupil"', "ученику в 18 лет не подходит"),
    "a field misspelt": Slip("steps.toml", "waits = true", "wait = true", "wait = true", "имелось в виду waits?"),
    "a field that nobody knows": Slip(
        "about.toml", 'region = ', 'mood = "хорошее"\nregion = ', "mood", "здесь бывают title, school"
    ),
    "a field that is missing": Slip("about.toml", "region =", "# region =", "", "нет поля region: допишите"),
    "a field that stands twice": Slip(
        "about.toml", "version = ", "version = 9\nversion = ", "version = ", "уже есть выше"
    ),
    "a number in quotes": Slip("about.toml", "version = ", 'version = "1" # ', 'version = "1"', "число без кавычек"),
    "a word that is none of two": Slip(
        "steps.toml", 'doer = "parent"', 'doer = "mother"', 'doer = "mother"', "бывает только 'pupil', 'parent'"
    ),
    "a quotation mark that is missing": Slip(
        "about.toml", 'region = "Рязанская область"', 'region = "Рязанская область', "region", "проверьте кавычки"
    ),
    "a bracket that is missing": Slip(
        "paths.toml", 'readers = ["pupil", "parent"]', 'readers = ["pupil", "parent"', "under = 18", "скобки"
    ),
    "errors too alike": Slip(
        "errors.toml", "Для входа в дневник нужно согласие одного из родителей",
        "Ваш дневник не найден. Чтобы решить проблему, сообщите о ней через форму связи", "", "почти одинаковы",
    ),
}  # fmt: skip


def spoilt(slip: Slip, folder: Path) -> list[Problem]:
    slip.make(folder)
    return problems_of(folder)


def test_the_copy_is_without_a_mistake(pack_folder: Path) -> None:
    assert problems_of(pack_folder) == []


@pytest.mark.slow
@pytest.mark.parametrize("slip", SLIPS.values(), ids=list(SLIPS))
def test_a_slip_is_told_with_its_file_line_and_a_way_out(slip: Slip, pack_folder: Path) -> None:
    problems = spoilt(slip, pack_folder)
    told = [problem for problem in problems if slip.said in problem.said]
    assert told, problems
    assert told[0].file == slip.file
    lines = (pack_folder / slip.file).read_text("utf-8").splitlines()
    assert 1 <= told[0].line <= len(lines)
    shown = "\n".join(lines[told[0].line - 1 : told[0].line + 2])
    assert slip.at in shown, shown
    for problem in problems:
        assert RUSSIAN.search(problem.said) and not ENGLISH.search(problem.said), problem


def test_a_mistake_is_looked_for_in_each_step_of_each_path(pack_folder: Path) -> None:
    """The steps of two paths may stand mingled; the line is still that of the step itself."""
    steps = pack_folder / "steps.toml"
    head, *items = steps.read_text("utf-8").split("[[step]]")
    steps.write_text("[[step]]".join([head, *items[::-1]]).replace("Дождитесь, пока", f"Дождитесь. {LONG}"), "utf-8")
    told = [problem for problem in problems_of(pack_folder) if problem.file == "steps.toml"]
    line = next(n for n, text in enumerate(steps.read_text("utf-8").splitlines(), 1) if "Дождитесь. оч" in text)
    assert [problem.line for problem in told] == [line - 1]


@pytest.mark.slow
def test_seventy_errors_are_too_many(pack_folder: Path) -> None:
    errors = pack_folder / "errors.toml"
    for number in range(70):
        unlike = "".join(random.Random(number).choices("абвгдежзиклмнопрстуфхцчшщыьэюя ", k=60))
        errors.write_text(errors.read_text("utf-8") + _error(f"error_{number}", unlike), "utf-8")
    problems = problems_of(pack_folder)
    lists = [problem for problem in problems if "список ошибок" in problem.said]
    assert lists and all("уберите лишние ошибки" in problem.said for problem in lists)
    assert "error_69" in errors.read_text("utf-8").splitlines()[lists[0].line]
    assert sum("нет файла с примерами" in problem.said for problem in problems) == 70
    assert not any("почти одинаковы" in problem.said for problem in problems)


def _error(name: str, wording: str) -> str:
    remedies = "".join(
        f'[error.remedy.{path}]\nparent = "Подождите."\n' + ('pupil = "Подожди."\n' if path != "parent" else "")
        for path in ("child", "adult_pupil", "parent")
    )
    return (
        f'\n[[error]]\nid = "{name}"\nshort = "Ошибка"\nwho_acts = "family"\n'
        f'[[error.wording]]\npaths = ["child", "adult_pupil", "parent"]\ntext = "{wording}"\n{remedies}'
    )


# --- files -----------------------------------------------------------------------------------------------------------

FILES = ["about.toml", "paths.toml", "steps.toml", "errors.toml", "topics.toml"]


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing(pack_folder: Path, file: str) -> None:
    (pack_folder / file).unlink()
    assert [(problem.file, problem.line) for problem in problems_of(pack_folder)] == [(file, 0)]
    assert "добавьте его" in problems_of(pack_folder)[0].said


@pytest.mark.parametrize("file", [*FILES, "examples/vpn.txt"])
@pytest.mark.parametrize("contents", ["Привет".encode("cp1251"), b"\x89PNG\r\n\x1a\n\x00\xff", "да".encode("utf-16")])
def test_a_file_that_is_no_text(pack_folder: Path, file: str, contents: bytes) -> None:
    (pack_folder / file).write_bytes(contents)
    assert [str(problem) for problem in problems_of(pack_folder)] == [
        f"{file}: это не текст в UTF-8: сохраните файл заново в этой кодировке"
    ]


@pytest.mark.parametrize("file", [*FILES, "examples/vpn.txt"])
def test_a_file_that_is_a_folder(pack_folder: Path, file: str) -> None:
    (pack_folder / file).unlink()
    (pack_folder / file).mkdir()
    assert [(problem.file, "проверьте права" in problem.said) for problem in problems_of(pack_folder)] == [(file, True)]


@pytest.mark.parametrize("file", FILES)
def test_notepads_mark_and_line_ends_are_no_mistake(pack_folder: Path, file: str) -> None:
    source = (pack_folder / file).read_text("utf-8")
    (pack_folder / file).write_bytes(b"\xef\xbb\xbf" + source.replace("\n", "\r\n").encode())
    assert problems_of(pack_folder) == []


# --- examples and the model ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("contents", "count"), [("", 0), ("\n\n# примеры будут потом\n", 0), ("vpn мешает\n", 1)])
def test_a_file_with_too_few_examples(pack_folder: Path, contents: str, count: int) -> None:
    (pack_folder / "examples" / "vpn.txt").write_text(contents, "utf-8")
    told = [str(problem) for problem in problems_of(pack_folder)]
    assert (
        f"examples/vpn.txt: примеров {count}, нужно хотя бы 20: допишите, по одному в строке, как пишут семьи" in told
    )


def test_examples_that_are_missing_and_those_of_nothing(pack_folder: Path) -> None:
    examples = pack_folder / "examples"
    (examples / "vpn.txt").rename(examples / "vnp.txt")
    told = [str(problem) for problem in problems_of(pack_folder)]
    assert any(one.startswith("examples/vpn.txt: нет файла с примерами: напишите хотя бы 20") for one in told)
    assert "examples/vnp.txt: нет ни ошибки, ни темы vnp: переименуйте файл или добавьте их" in told


@pytest.mark.parametrize(
    ("line", "said"),
    [("@mother дневник не найден", "нет пути mother; есть: child, adult_pupil, parent"), ("@child", "допишите пример")],
)
def test_an_example_of_no_path_or_without_words(pack_folder: Path, line: str, said: str) -> None:
    file = pack_folder / "examples" / "diary_not_found.txt"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines[:4], line, *lines[4:]]), "utf-8")
    told = [problem for problem in problems_of(pack_folder) if said in problem.said]
    assert [(problem.file, problem.line) for problem in told] == [("examples/diary_not_found.txt", 5)]


def test_a_model_older_than_its_examples_or_wordings(pack_folder: Path) -> None:
    with (pack_folder / "examples" / "vpn.txt").open("a", encoding="utf-8") as file:
        file.write("включен впн и дневник молчит\n")
    old = "model.bin: модель старее примеров: выполните content build"
    assert [str(problem) for problem in problems_of(pack_folder)] == [old]


@pytest.mark.parametrize("contents", [None, b"", b"{}\n", b"\x00\xff" * 999, b'{"format": 1, "scales": []}\nweights'])
def test_a_model_that_is_missing_or_damaged(pack_folder: Path, contents: bytes | None) -> None:
    (pack_folder / MODEL).unlink()
    if contents is not None:
        (pack_folder / MODEL).write_bytes(contents)
    no_model = "model.bin: модели нет или она от другой версии бота: выполните content build"
    assert [str(problem) for problem in problems_of(pack_folder)] == [no_model]


@pytest.mark.slow
def test_an_example_that_is_taken_for_something_else(pack_folder: Path) -> None:
    """An example that stands in the wrong file is learned there, and outweighed by all the others."""
    file = pack_folder / "examples" / "consent_required.txt"
    wrong = "Ваш дневник не найден. Чтобы решить проблему, сообщите о ней через форму обратной связи"
    file.write_text(f"{wrong}\n{file.read_text('utf-8')}", "utf-8")
    build(pack_files.read(pack_folder))
    told = [problem for problem in problems_of(pack_folder) if "не узнаёт как consent_required" in problem.said]
    assert ("examples/consent_required.txt", 1) in [(problem.file, problem.line) for problem in told]
    assert "«Дневник не найден»" in told[0].said and "проверьте, на месте ли он" in told[0].said


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_prints_every_refusal_and_says_how_many(
    pack_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SLIPS["a link by http"].make(pack_folder)
    SLIPS["an age of no path"].make(pack_folder)
    assert content_command.run("check", str(pack_folder), None) == 1
    said = capsys.readouterr()
    assert said.out == "" and "steps.toml:" in said.err and "paths.toml:" in said.err
    assert said.err.endswith("Пакет ryazan_43: исправьте, прежде чем показывать семьям (2).\n")


def test_the_command_says_that_a_pack_is_fine(pack_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert content_command.run("check", str(pack_folder), None) == 0
    assert re.fullmatch(
        r"Пакет ryazan_43: всё в порядке \(\d+ ошиб\w+, \d+ тем\w*, \d+ пример\w*\)\.\n", capsys.readouterr().out
    )


@pytest.mark.parametrize("action", ["check", "show", "build"])
@pytest.mark.parametrize("named", ["", "moscow_1", "/no/such/folder", "../content"])
def test_a_pack_that_is_not_there(named: str, action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert content_command.run(action, named, None) == 1
    assert "ryazan_43" in capsys.readouterr().err
