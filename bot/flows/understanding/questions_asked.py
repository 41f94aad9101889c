"""Gives the question of a ticket in the form in which a saved answer keeps it, and by which the answer is offered."""

from bot.flows.content import Pack
from bot.flows.masking.person_names import names_in
from bot.flows.understanding.first_meaning import recognise
from bot.flows.understanding.likeness import Question, question_in, share_of_words
from bot.flows.understanding.spelling import words_of
from bot.flows.understanding.vocabulary import stem_of, vocabulary_of


def is_common(word: str, pack: Pack) -> bool:
    """Tells whether families use a word, whose letters are lower case, of anything but a person."""
    return stem_of(word.replace("ё", "е")) in vocabulary_of(pack)


def question_of(asked: str, answer: str, pack: Pack) -> Question | None:
    """Gives a family's question as it may be kept beside the answer; None where it says too little or too much.

    Its stems are those of the vocabulary or of the answer, in which no name and no number was let: nothing of the
    family is kept. What the pack answers, or is talk, is no such question.
    """
    told = recognise(asked, pack)
    if told.error or told.topic or told.act or any(names_in(asked, lambda word: is_common(word, pack))):
        return None
    of_answer = {stem_of(word) for word in words_of(answer) if word.isalpha()}
    return question_in(asked, {*vocabulary_of(pack), *of_answer})


def words_in_common(asked: str, question: Question, pack: Pack) -> float:
    """Gives how much of a kept question stands in a family's words (0…1), by which a list is put in order."""
    return share_of_words(asked, question.stems, vocabulary_of(pack))


def matter_of(error: str | None, asked: str, pack: Pack) -> str | None:
    """Gives what a ticket is about: its error, else the topic of the family's words; None where neither is known."""
    return error or (recognise(asked, pack).topic if asked else None)
