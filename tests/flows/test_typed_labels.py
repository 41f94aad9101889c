"""A word typed instead of pressed, on the screens of the guide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts_ru as texts
from bot.flows.content import Reader
from bot.flows.guide.views import view
from bot.flows.routes import Route
from bot.flows.screen import School
from bot.flows.understanding import typed_labels
from bot.pack_commands.every_screen import every_screen
from tests.pack import CHILD, PACK

STEP = Route("step", None, CHILD, Reader.PUPIL, 2)
END = STEP.to("end", step=6)
ERRORS = STEP.to("errors")
CONSENT = STEP.to("remedy", "consent_required")


@pytest.mark.parametrize(
    ("route", "text", "label"),
    [
        (STEP, "готово", texts.B_DONE), (STEP, "✅ Готово!", texts.B_DONE), (STEP, "все сделала", texts.B_DONE),
        (STEP, "родители выдали согласие", texts.B_DONE), (STEP, "мама подписала согласие", texts.B_DONE),
        (STEP, "нажали на согласие", texts.B_DONE), (STEP, "согласие выдали?", None),
        (STEP, "назад", texts.B_BACK), (STEP, "вышла ошибка", texts.B_ERROR), (STEP, "не получилось", texts.B_ERROR),
        (END, "да, получилось", texts.B_SUCCEEDED), (END, "Не получилось", texts.B_FAILED),
        (ERRORS, "1", "1"), (ERRORS, "вторая", "2"), (ERRORS, "номер 2", "2"), (ERRORS, "другое", texts.B_OTHER),
        (CONSENT, "помогло!!", texts.B_HELPED), (CONSENT, "не помогло", texts.B_NOT_HELPED),
        (CONSENT, "назад", texts.B_TO_STEPS), (STEP, "1", None), (STEP, "", None),
        (ERRORS, "вторая надпись", "2"), (ERRORS, "у меня первая ошибка", "1"), (ERRORS, "это вариант 2", "2"),
        (STEP, "я все сделала, данные заполнила", texts.B_DONE),
        (ERRORS, str(len(PACK.errors) + 1), None),
        (STEP, "готово ли моё согласие", None), (STEP, "не помогло, пишет дневник не найден", None),
    ],
)  # fmt: skip
def test_a_typed_word_is_the_button_that_it_names(route: Route, text: str, label: str | None) -> None:
    button = typed_labels.button_named(view(route, School()).buttons, text)
    assert (button.label if button else None) == label


def test_every_label_of_every_screen_is_typed_as_it_is_pressed() -> None:
    """Whatever the case and the signs. Where a screen has one label twice, the last one counts; none has today."""
    for shown in every_screen(PACK, School()):
        for button in shown.screen.buttons:
            if not button.url:
                for typed in (button.label, button.label.lower(), button.label.upper() + "!"):
                    assert typed_labels.button_named(shown.screen.buttons, typed) == button, (shown.heading, typed)


def test_what_has_sayings_is_a_button_of_the_bot_or_an_answer() -> None:
    """A button whose label changes takes its sayings along: both files have to name it alike."""
    labels = {typed_labels.plain(text) for name, text in vars(texts).items() if name.startswith("B_")}
    named = {label for labels_named, _ in typed_labels._SAYINGS for label in labels_named}
    assert named <= {*labels, *map(str, range(1, 10)), "да", "нет", "согласие", "не сделано", "ученик", "родитель"}


@given(st.text())
def test_any_text_is_a_button_or_none(text: str) -> None:
    buttons = view(ERRORS, School()).buttons
    assert typed_labels.button_named(buttons, text) in (*buttons, None)
