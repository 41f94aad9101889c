"""Holds the little that all replicas share and every update needs at hand: bans, silences, answers for families."""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.understanding import Question
from storage import bans, blocking_updates, named_values, saved_answers


@dataclass(slots=True)
class SharedFacts:
    """Holds these facts as they stood in the database when it was read last.

    `secret` is the database's own: accounts that are to be recognised and not named are keyed by it. `banned` has the
    keys of accounts, by the school that bans them, `silenced` the keys of accounts that wrote too much, with the moment
    until which they are silent. `answered` has the questions of a school's answers that are for families, by its desk
    and the answer's id. `blocking` are updates that blocked the event loop: they are set aside when they come again.
    """

    secret: str = ""
    banned: dict[int, frozenset[str]] = field(default_factory=dict)
    silenced: dict[str, float] = field(default_factory=dict)
    answered: dict[int, dict[int, Question]] = field(default_factory=dict)
    blocking: frozenset[int] = frozenset()

    def key_of(self, account: int) -> str:
        """Gives a name for an account that tells nobody who it is; it outlives the bot's token."""
        return bans.keyed(account, self.secret)

    def is_banned(self, school_id: int | None, account: int) -> bool:
        """Tells whether a school has banned an account, as far as this replica knows."""
        keys = self.banned.get(school_id or 0)
        return bool(keys) and self.key_of(account) in (keys or ())


async def read(connection: AsyncConnection, secret: str, now: float) -> SharedFacts:
    """Reads the facts of the database whose secret this is."""
    silences = await named_values.beginning_with(connection, named_values.FLOOD)
    answered = await saved_answers.for_families(connection)
    return SharedFacts(
        secret,
        banned=await bans.banned(connection),
        silenced={name.removeprefix(named_values.FLOOD): float(until) for name, until in silences.items()},
        answered={
            desk_id: {answer_id: Question.of(code) for answer_id, code in questions.items()}
            for desk_id, questions in answered.items()
        },
        blocking=await blocking_updates.known(connection, now),
    )
