"""Understanding: gives the meaning of a family's text. This is the package's whole interface to the rest of the bot.

Its modules are imported by the commands of a pack alone, which learn the model and judge the examples.

`understand` is the way for whatever a family sends. The ticket's form reads short answers to its own questions by
`button_named`, `read_class` and the like; `recognise` is what the command of that name prints. The desk's ready
answers keep their questions, and know which words are common, by `question_of`, `words_in_common` and `is_common`.
"""

from bot.flows.understanding.examples import OTHER, Act
from bot.flows.understanding.first_meaning import recognise, recognise_screen, recogniser_of, understand
from bot.flows.understanding.learned_model import ModelError
from bot.flows.understanding.likeness import Question
from bot.flows.understanding.meaning import Context, Kind, Meaning
from bot.flows.understanding.questions_asked import is_common, matter_of, question_of, words_in_common
from bot.flows.understanding.recogniser import NOTHING_NAMED, Recogniser, Recognition, Verdict
from bot.flows.understanding.school_class import class_and_more, read_class
from bot.flows.understanding.talk import is_complaint, is_over_in_part
from bot.flows.understanding.typed_labels import (
    button_named,
    names_form_button,
    says_done,
    says_not_yet,
    says_yes_or_no,
)
from bot.flows.understanding.vocabulary import vocabulary_of

__all__ = [
    "NOTHING_NAMED",
    "OTHER",
    "Act",
    "Context",
    "Kind",
    "Meaning",
    "ModelError",
    "Question",
    "Recogniser",
    "Recognition",
    "Verdict",
    "button_named",
    "class_and_more",
    "is_common",
    "is_complaint",
    "is_over_in_part",
    "matter_of",
    "names_form_button",
    "question_of",
    "read_class",
    "recognise",
    "recognise_screen",
    "recogniser_of",
    "says_done",
    "says_not_yet",
    "says_yes_or_no",
    "understand",
    "vocabulary_of",
    "words_in_common",
]
