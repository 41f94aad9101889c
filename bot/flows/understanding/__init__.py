"""A text of a family → what it means. Nothing outside this room imports its modules: all that is used stands here.

`understand` is the way for whatever a family sends. The ticket's form reads short answers to its own questions by
`button_named`, `read_class` and the like; `recognise` is what the command of that name prints.
"""

from bot.flows.understanding.first_meaning import understand
from bot.flows.understanding.meaning import Context, Kind, Meaning
from bot.flows.understanding.recogniser import NOTHING_NAMED, Recognition, Verdict, recognise
from bot.flows.understanding.school_class import read_class
from bot.flows.understanding.talk import is_complaint, is_thanks
from bot.flows.understanding.typed_labels import button_named, names_form_button, says_yes_or_no

__all__ = [
    "NOTHING_NAMED",
    "Context",
    "Kind",
    "Meaning",
    "Recognition",
    "Verdict",
    "button_named",
    "is_complaint",
    "is_thanks",
    "names_form_button",
    "read_class",
    "recognise",
    "says_yes_or_no",
    "understand",
]
