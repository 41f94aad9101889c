"""Works through the stored jobs of reading screenshots: fetches each, reads it, and answers through the outbox."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramNetworkError
from aiogram.methods import SendChatAction
from aiohttp import ClientError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.telegram.session import FileUnreachable
from bot.delivery import cosmetic_calls as cosmetic
from bot.delivery import queues
from bot.flows.content import Pack
from bot.flows.guide.views import view
from bot.flows.marked import joined
from bot.flows.screen import Screen
from bot.flows.understanding import Context, Kind, Verdict, recognise_screen, understand
from bot.handlers.family import current_screen
from bot.handlers.family.picture_files import fetch_file, final_reason, told_reason
from bot.handlers.family.recognised import Answer, answer_of, answer_to_caption
from bot.handlers.family_chat import FamilyChat, owed_screen
from bot.handlers.update_context import UpdateContext
from bot.screenshots.decoder import Reason, UnreadablePicture
from bot.screenshots.reader import MAX_BYTES
from bot.services import Services
from bot.tickets import noticing_bad_days
from storage import dialogues, jobs
from storage.database import DatabaseAway
from storage.dialogues import Dialogue
from storage.jobs import Job

log = logging.getLogger(__name__)

LEASE_S = 90.0  # more than fetching and reading a picture can take
TRIES = 5
TYPING_TIMEOUT_S = 10.0
TYPING_EVERY_S = 4.0  # Bot API: a chat action is shown for five seconds
IDLE_S = 5.0
_ON_THE_WAY = (TelegramNetworkError, ClientError, TimeoutError)  # nothing is wrong with the picture itself
# The parts of a dialogue that the answer to a picture changes.
_ANSWERED = ("screen", "path", "reader", "step", "error", "misses", "form")


def _answered_from(dialogue: Dialogue) -> list[Any]:
    """Gives the parts of a dialogue that an answer is made from."""
    return [getattr(dialogue, name) for name in (*_ANSWERED, "warned_private")]


def shows_error(text: str, pack: Pack) -> bool:
    """Tells whether a picture's text names an error beyond doubt, so that it need not be read in another way."""
    return recognise_screen(text, pack).verdict is Verdict.SURE


class PictureJobs:
    """Works through the stored jobs, `at_once` at a time: more than there are cores, which the reader shares out."""

    def __init__(self, services: Services, at_once: int) -> None:
        self._services = services
        self._at_once = at_once
        self._reading: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._spared: Counter[int] = Counter()  # tries of a job that only the database failed

    async def run(self) -> None:
        """Works until `stop`, and lets the jobs in hand end then."""
        try:
            while not self._stopping:
                self._services.jobs_waiting.clear()
                job = await self._claimed() if len(self._reading) < self._at_once else None
                if job:
                    task = asyncio.create_task(self._work(job))
                    self._reading.add(task)
                    task.add_done_callback(self._ended)
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._services.jobs_waiting.wait(), IDLE_S)
            if self._reading:
                await asyncio.wait(self._reading)
        finally:
            for task in self._reading:
                task.cancel()

    def stop(self) -> None:
        """Lets the jobs in hand end and takes no more."""
        self._stopping = True
        self._services.jobs_waiting.set()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._reading.discard(task)
        self._services.jobs_waiting.set()

    async def _claimed(self) -> Job | None:
        try:
            return await self._services.database.write(self._claim)
        except DatabaseAway as error:
            log.warning("readings wait for the database: %s", error)
        except Exception:
            log.exception("no reading could be claimed")
        return None

    async def _work(self, job: Job) -> None:
        try:
            await self._read(replace(job, attempts=job.attempts - self._spared[job.id]))
        except DatabaseAway as error:
            self._spared[job.id] += 1
            log.warning("a reading waits for the database: %s", error)
        except Exception:
            log.exception("a reading failed")

    async def _claim(self, connection: AsyncConnection) -> Job | None:
        return await jobs.claim(connection, self._services.clock(), LEASE_S)

    async def _read(self, job: Job) -> None:
        typing = asyncio.create_task(self._show_typing(job.family_id))
        try:
            text, reason = await self._text_of(job)
        except DatabaseAway:
            raise
        except Exception as error:
            if job.attempts + 1 < TRIES:
                await self._try_later(job, error)
                return
            text, reason = "", "slow" if isinstance(error, _ON_THE_WAY) else "broken"
        finally:
            typing.cancel()
        owed = None
        while owed is None:
            dialogue = await self._services.database.read(lambda c: dialogues.load(c, job.family_id))
            answer = await self._answer_or_excuse(dialogue, job, text, reason)
            owed = await self._services.database.write(partial(self._owe, job=job, seen=dialogue, answer=answer))
        if owed:
            self._services.owed.set()
            context = UpdateContext(0, FamilyChat(self._services, job.family_id))
            context.school_id = self._services.schools.of_family(answer.dialogue.school_id)
            await context.count_arrival(answer.route)
            await noticing_bad_days.note(self._services, context.desk_id, job.family_id, answer.matter)

    async def _answer_or_excuse(self, dialogue: Dialogue, job: Job, text: str, reason: str | None) -> Answer:
        try:
            return await self._answer_to(dialogue, job, text, reason)
        except DatabaseAway:
            raise
        except Exception:
            # The next try would end the same way.
            log.exception("what a screenshot says could not be answered")
            return self._unreadable(dialogue, "broken")

    async def _try_later(self, job: Job, error: Exception) -> None:
        expected = isinstance(error, (TelegramAPIError, ClientError, OSError, TimeoutError))
        log.warning("a screenshot is read again later: %s", type(error).__name__, exc_info=None if expected else error)
        again = self._services.clock() + 2.0 ** (job.attempts + 1)
        await self._services.database.write(lambda c: jobs.retry(c, job, again))

    async def _show_typing(self, family_id: int) -> None:
        while True:
            await cosmetic.call(
                self._services, SendChatAction(chat_id=family_id, action="typing"), TYPING_TIMEOUT_S, later=False
            )
            await asyncio.sleep(TYPING_EVERY_S)

    async def _text_of(self, job: Job) -> tuple[str, str | None]:
        """Gives the picture's text, and the reason why it could not be read, if it could not."""
        if self._services.reader is None:
            return "", "no_reader"
        if job.attempts >= TRIES:
            # Each try took the whole process with it: this picture is not read again.
            return "", "broken"
        claimed, as_photo = job.payload.get("claimed") or "", job.payload["file"]["kind"] == "photo"
        if (job.payload.get("size") or 0) > MAX_BYTES:
            return "", told_reason(Reason.TOO_BIG, claimed, as_photo)
        try:
            data = await fetch_file(self._services.bot, job.payload["file"]["file_id"])
            return await self._services.reader.read(data), None
        except UnreadablePicture as error:
            return error.text, told_reason(error.reason, claimed, as_photo)
        except FileUnreachable as error:
            log.error("the Bot API server runs with --local and keeps its files out of the bot's reach: %s", error)
            return "", "no_reader"
        except TelegramBadRequest as error:
            reason = final_reason(error)
            if reason is None:
                raise
            return "", reason

    async def _owe(self, connection: AsyncConnection, job: Job, seen: Dialogue, answer: Answer) -> bool | None:
        """Owes the answer and ends the job in one commit: neither a restart nor another replica repeats them.

        `seen` is the dialogue that the answer was made for. None where it has changed: then another answer may be due,
        and this one would write back what the family has changed. False where nobody waits for the answer.
        """
        now = self._services.clock()
        await dialogues.lock(connection, job.family_id)
        fresh = await dialogues.load(connection, job.family_id)
        if _answered_from(fresh) != _answered_from(seen):
            return None
        if not answer.recognised and await jobs.go_on(connection, job, now):
            # The rest of an album may show what this picture does not.
            return False
        sent_from = (await jobs.payload_of(connection, job)).get("place")
        if not await jobs.done(connection, job):
            return False
        if fresh.ticket_id is not None:
            # The school answered meanwhile: the picture is answered all the same, unless it went to the school.
            if job.payload["file"] not in fresh.form.get("files", []):
                return False
        elif fresh.in_form:
            return False
        elif sent_from in (None, dialogues.position_of(fresh)):
            # Where the family has gone elsewhere since it sent the picture, it is answered and stays there.
            moved = replace(fresh, **{name: getattr(answer.dialogue, name) for name in _ANSWERED}, updated_at=now)
            await dialogues.save(connection, moved)
            await jobs.follow(connection, job.family_id, dialogues.position_of(fresh), dialogues.position_of(moved))
        await queues.to_family(connection, job.family_id, owed_screen(answer.screen), now)
        return True

    async def _answer_to(self, dialogue: Dialogue, job: Job, text: str, reason: str | None) -> Answer:
        """Gives the answer to a picture and its caption together; where the picture cannot be read, to the caption."""
        caption = job.payload.get("caption") or ""
        quoted = job.payload.get("quoted") or ""
        if reason and not (caption or quoted or text):
            return self._unreadable(dialogue, reason)
        school = self._services.school_of_family(dialogue)
        pack = school.pack
        here, path = current_screen.standing(dialogue, pack), current_screen.path_of(dialogue, pack)
        meaning = understand(caption, Context(pack, here, path=path, quoted=quoted, pictured=text))
        self._services.metrics.recognised(meaning.recognition.verdict.value)
        if meaning.kind in (Kind.HUMAN, Kind.NOT_SOLVED):
            led_on = answer_to_caption(self._services, dialogue, meaning.kind, caption)
            if led_on is not None:
                return led_on if reason is None else _below(self._unreadable(dialogue, reason), led_on)
        answer = await answer_of(self._services, dialogue, meaning, caption)
        if not answer.missed:
            return answer
        if reason:
            excuse = self._unreadable(dialogue, reason)
            return replace(answer, screen=excuse.screen) if caption else excuse
        said = texts.PICTURE_UNKNOWN.for_reader(answer.route, school=school.reference)
        return replace(answer, screen=Screen(said, answer.screen.rows))

    def _unreadable(self, dialogue: Dialogue, reason: str) -> Answer:
        school = self._services.school_of_family(dialogue)
        route = current_screen.route_of(dialogue, school.pack)
        rows = view(route.to("other"), school).rows
        excuse = texts.PICTURE_UNREADABLE.get(reason, texts.PICTURE_UNREADABLE[Reason.NOT_A_PICTURE])
        return Answer(dialogue, route.to("other"), Screen(excuse.for_reader(route), rows))


def _below(excuse: Answer, answer: Answer) -> Answer:
    """Puts an answer below the words that say why the picture was not read."""
    text = joined("\n\n", [excuse.screen.text, answer.screen.text])
    return replace(answer, screen=Screen(text, answer.screen.rows))
