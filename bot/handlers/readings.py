"""Stored readings of screenshots: fetched, read beside the updates, answered through the outbox."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramNetworkError
from aiohttp import ClientError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import dialogue as guide
from bot.flows.dialogue import Screen, you
from bot.flows.guides import Path
from bot.flows.recogniser import recognise
from bot.handlers import screens
from bot.handlers.family_errors import Answer, answer_of
from bot.handlers.turn import Turn, screen_payload
from bot.screenshots import MAX_BYTES, Reason, Unreadable
from bot.services import Services
from storage import dialogues, jobs, outbox
from storage.database import DatabaseAway
from storage.dialogues import Dialogue
from storage.jobs import Job

log = logging.getLogger(__name__)

LEASE_S = 60.0
TRIES = 5
TYPING_EVERY_S = 4.0  # Bot API: a chat action is shown for five seconds
IDLE_S = 5.0
_ON_THE_WAY = (TelegramNetworkError, ClientError, TimeoutError)  # the picture never came, so nothing is wrong with it


class Readings:
    """Works through the stored readings, as many at a time as there are cores to read with."""

    def __init__(self, services: Services, at_once: int) -> None:
        self._services = services
        self._at_once = at_once
        self._stopping = False
        self._spared: Counter[int] = Counter()  # tries of a job that only the database failed

    async def run(self) -> None:
        """Works until `stop`."""
        await asyncio.gather(*(self._work() for _ in range(self._at_once)))

    def stop(self) -> None:
        """Lets the readings in hand end and takes no more."""
        self._stopping = True
        self._services.jobs_waiting.set()

    async def _work(self) -> None:
        while not self._stopping:
            self._services.jobs_waiting.clear()
            job = None
            try:
                job = await self._services.database.write(self._claim)
                if job:
                    await self._read(replace(job, attempts=job.attempts - self._spared[job.id]))
                    continue
            except DatabaseAway as error:
                if job:
                    self._spared[job.id] += 1
                log.warning("readings wait for the database: %s", error)
            except Exception:
                log.exception("a reading failed")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._services.jobs_waiting.wait(), IDLE_S)

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
        dialogue = await self._services.database.read(lambda c: dialogues.load(c, job.family_id))
        try:
            answer = await self._answer_to(dialogue, job, text, reason)
        except DatabaseAway:
            raise
        except Exception:
            # The next try would end the same way.
            log.exception("what a screenshot says could not be answered")
            answer = self._unreadable(dialogue, "broken")
        if await self._services.database.write(lambda c: self._owe(c, job, answer)):
            self._services.owed.set()
            await Turn(self._services, 0, job.family_id).count_arrival(answer.spot)

    async def _try_later(self, job: Job, error: Exception) -> None:
        expected = isinstance(error, (TelegramAPIError, OSError, TimeoutError))
        log.warning("a screenshot is read again later: %s", type(error).__name__, exc_info=None if expected else error)
        again = self._services.clock() + 2.0 ** (job.attempts + 1)
        await self._services.database.write(lambda c: jobs.retry(c, job.id, again))

    async def _show_typing(self, family_id: int) -> None:
        while True:
            with suppress(TelegramAPIError):
                await self._services.bot.send_chat_action(family_id, "typing")
            await asyncio.sleep(TYPING_EVERY_S)

    async def _text_of(self, job: Job) -> tuple[str, str | None]:
        """The picture's text, or why it could not be read."""
        if self._services.reader is None:
            return "", "no_reader"
        if job.attempts >= TRIES:
            # Each try took the whole process with it: this picture is not read again.
            return "", "broken"
        if (job.payload.get("size") or 0) > MAX_BYTES:
            return "", "too_big"
        try:
            data = await self._fetch(job.payload["file"]["file_id"])
            return await self._services.reader.read(data), None
        except Unreadable as error:
            return "", error.reason
        except TelegramBadRequest as error:
            return "", "too_big" if "too big" in error.message else "broken"

    async def _fetch(self, file_id: str) -> bytes:
        file = await self._services.bot.get_file(file_id)
        if (file.file_size or 0) > MAX_BYTES:
            raise Unreadable(Reason.TOO_BIG)
        buffer = BytesIO()
        await self._services.bot.download_file(file.file_path or "", buffer, timeout=30)
        return buffer.getvalue()

    async def _owe(self, connection: AsyncConnection, job: Job, answer: Answer) -> bool:
        """The answer and the end of the job are one commit: neither a restart nor another replica repeats them."""
        now = self._services.clock()
        if not answer.recognised and await jobs.go_on(connection, job, now):
            # The rest of an album may show what this picture does not.
            return False
        if not await jobs.done(connection, job.id):
            return False
        fresh = await dialogues.load(connection, job.family_id)
        if fresh.ticket_id is not None:
            # The school answered meanwhile: what the picture says is shown all the same, unless it went to the school.
            if job.payload["file"] not in fresh.form.get("files", []):
                return False
        elif fresh.in_form:
            return False
        else:
            await dialogues.save(connection, replace(answer.dialogue, updated_at=now))
        await outbox.put(
            connection, chat_id=job.family_id, lane=outbox.family_lane(job.family_id), kind="screen",
            payload=screen_payload(answer.screen), family_id=job.family_id, at=now,
        )  # fmt: skip
        return True

    async def _answer_to(self, dialogue: Dialogue, job: Job, text: str, reason: str | None) -> Answer:
        """What the picture and its caption say together; where the picture cannot be read, the caption by itself."""
        caption = job.payload.get("caption") or ""
        together = "\n".join(part for part in (caption, text) if part)
        recognition = recognise(together, Path(dialogue.path) if dialogue.path else None)
        if not reason or caption:
            self._services.metrics.recognised(recognition.verdict.value)
        if reason and not caption:
            return self._unreadable(dialogue, reason)
        answer = await answer_of(self._services, dialogue, recognition, caption)
        if not answer.missed:
            return answer
        if reason:
            return replace(answer, screen=self._unreadable(dialogue, reason).screen)
        said = you(answer.spot, "PICTURE_UNKNOWN").format(school=self._services.school.reference)
        return replace(answer, screen=Screen(said, answer.screen.rows))

    def _unreadable(self, dialogue: Dialogue, reason: str) -> Answer:
        spot = screens.spot_of(dialogue)
        rows = guide.view(spot.to("other"), self._services.school).rows
        name = f"PICTURE_{reason.upper()}"
        known = name if hasattr(texts, name) else "PICTURE_NOT_A_PICTURE"
        return Answer(dialogue, spot.to("other"), Screen(you(spot, known), rows))
