"""Removes personal data from a text before it is stored, logged or sent."""

from bot.flows.masking.masked_text import (
    Masked,
    is_number_alone,
    mask,
    mask_part,
    move_entities,
    speaks_of_code,
    speaks_of_other_number,
    without_marks,
)

__all__ = [
    "Masked",
    "is_number_alone",
    "mask",
    "mask_part",
    "move_entities",
    "speaks_of_code",
    "speaks_of_other_number",
    "without_marks",
]
