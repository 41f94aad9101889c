"""Gives the question of a ticket in the form in which a saved answer keeps it, and by which the answer is offered."""

from bot.flows.content import Pack
from bot.flows.masking.person_names import names_in
from bot.flows.understanding.first_meaning import recognise
from bot.flows.understanding.likeness import Question, question_in, share_of_words
from bot.flows.understanding.spelling import words_of
from bot.flows.understanding.vocabulary import stem_of, vocabulary_of


def is_common(word: str, pack: Pack) -> bool:
    """Tells whether a word, in lower case, is in the vocabulary of the families' examples, and so names no person."""
    return stem_of(word.replace("ё", "е")) in vocabulary_of(pack)


def question_of(asked: str, answer: str, pack: Pack) -> Question | None:
    """Gives a family's question as it may be kept beside the answer; None where it may not, or need not, be kept.

    That is so of one that names a person, that the pack answers, that is an act of talk, or that says too little or too
    much. Only stems that the vocabulary or the answer has are kept; neither has names or numbers of a family.
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
