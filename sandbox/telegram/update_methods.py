"""Carries out the methods about the bot itself: getMe, its commands, files, and its updates."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from pathlib import Path
from typing import Any

from sandbox.telegram import rules
from sandbox.telegram.chat_methods import Groups
from sandbox.telegram.errors import Json, Refused, bad, broken
from sandbox.telegram.webhook_delivery import WebhookCaller

ANSWER_BYTES = 4 * 2**20
# tdlib/telegram-bot-api asks the queue of td (TQueue::get) for what comes from the offset on. The queue refuses an
# offset that lies so far past its tail or before its head; then the answer begins at the head and nothing is forgotten.
PAST_THE_TAIL, BEFORE_THE_HEAD = 10, 100_000
_TERMINATED = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
_WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


class Updates(Groups):
    """Carries out the methods about the bot itself.

    Polling and webhook exclude each other, and of two polls the older ends.
    """

    local_server = True
    longest_poll = 50.0
    webhook_caller: WebhookCaller | None = None
    polls = 0
    disk: Path | None = None
    """The folder of a server that runs with `--local`: getFile tells a path of its disk, and files go by no HTTP.

    A folder that is not there stands for the disk of another machine.
    """

    def get_me(self, _p: Json) -> Json:
        return self.bot

    # -- polling ----------------------------------------------------------------------------------------------

    async def get_updates(self, p: Json) -> list[Json]:
        """Gives the updates from `offset` on, waiting up to `timeout` seconds for the first.

        All before `offset` are acknowledged.
        """
        if self.webhook_caller:
            raise Refused(409, _WEBHOOK_ACTIVE)
        self.polls += 1
        mine = self.polls
        self.arrived.set()
        self.tell("poll")
        if "allowed_updates" in p:
            self.allowed_updates = set(p["allowed_updates"])
        self._confirm(p.get("offset", 0))
        deadline = time.monotonic() + min(p.get("timeout", 0), self.longest_poll)
        while True:
            if self.polls != mine:
                raise Refused(409, _TERMINATED)
            found = self._waiting(min(max(p.get("limit", 100), 1), 100))
            left = deadline - time.monotonic()
            if found or left <= 0:
                return found
            self.arrived.clear()
            try:
                await asyncio.wait_for(self.arrived.wait(), left)
            except TimeoutError:
                continue

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            done = list(self.pending)[:offset]
        elif self._is_refused(offset):
            return
        else:
            done = list(itertools.takewhile(lambda number: number < offset, self.pending))
        for number in done:
            self.acknowledge(number)

    def _is_refused(self, offset: int) -> bool:
        tail = self.newest_update + 1
        head = next(iter(self.pending), tail)
        return offset > tail + PAST_THE_TAIL or offset < head - BEFORE_THE_HEAD

    def _waiting(self, limit: int) -> list[Json]:
        now, size = self.now(), 0
        found: list[Json] = []
        for update in list(self.pending.values()):
            if update.expires <= now:
                self.expire(update.id)
                continue
            size += len(json.dumps(update.body, ensure_ascii=False).encode())
            if len(found) >= limit or (found and size > ANSWER_BYTES):
                break
            found.append(update.body)
        return found

    # -- webhook ----------------------------------------------------------------------------------------------

    async def set_webhook(self, p: Json) -> bool:
        if not p["url"]:
            return await self.delete_webhook(p)
        rules.webhook_url(p["url"], local=self.local_server)
        if "secret_token" in p:
            rules.secret_token(p["secret_token"])
        if not 1 <= p.get("max_connections", 40) <= 100:
            raise broken("max_connections must be between 1 and 100")
        if "allowed_updates" in p:
            self.allowed_updates = set(p["allowed_updates"])
        await self._end_delivery(drop=p.get("drop_pending_updates", False))
        # A poll that is waiting now must end with 409, as at Telegram.
        self.arrived.set()
        self.polls += 1
        self.webhook_caller = WebhookCaller(self, p["url"], p.get("secret_token", ""), p.get("max_connections", 40))
        self.on_update = self.webhook_caller.take
        self.webhook_caller.begin(list(self.pending.values()))
        return True

    async def delete_webhook(self, p: Json) -> bool:
        await self._end_delivery(drop=p.get("drop_pending_updates", False))
        return True

    def get_webhook_info(self, _p: Json) -> Json:
        info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.pending)}
        if self.webhook_caller:
            info |= {
                "url": self.webhook_caller.url,
                "max_connections": self.webhook_caller.max_connections,
                **self.webhook_caller.last_error,
            }
        if self.allowed_updates:
            info["allowed_updates"] = sorted(self.allowed_updates)
        return info

    async def _end_delivery(self, *, drop: bool) -> None:
        webhook_caller, self.webhook_caller, self.on_update = self.webhook_caller, None, None
        if webhook_caller:
            await webhook_caller.end()
        if drop:
            for number in list(self.pending):
                self.expire(number)

    # -- commands and files -----------------------------------------------------------------------------------

    def set_my_commands(self, p: Json) -> bool:
        self.commands[self._scope(p)] = rules.bot_commands(p["commands"])
        self.tell("commands")
        return True

    def menu_of(self, chat_id: int) -> list[Json]:
        """Gives the command menu that a person sees in a chat: the narrowest scope that was set."""
        wide = "all_private_chats" if chat_id > 0 else "all_group_chats"
        scopes = (("chat", chat_id), ("chat_administrators", chat_id), (wide,), ("default",))
        return next(
            (
                self.commands[(*scope, language)]
                for scope in scopes
                for language in ("ru", "")
                if (*scope, language) in self.commands
            ),
            [],
        )

    def _scope(self, p: Json) -> tuple[Any, ...]:
        scope = rules.command_scope(p.get("scope"))
        if len(scope) > 1:
            self.chat(scope[1])
        return (*scope, p.get("language_code", ""))

    def get_file(self, p: Json) -> Json:
        file = self.files.get(p["file_id"])
        if file is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if len(file.data) > rules.DOWNLOAD_BYTES:
            raise bad("file is too big")
        path = file.path if self.disk is None else str(_written(self.disk / self.token, file.path, file.data))
        return {"file_id": file.id, "file_unique_id": file.unique, "file_size": len(file.data), "file_path": path}

    def file_at(self, path: str) -> bytes | None:
        """Gives the bytes that `/file/bot<token>/<path>` serves."""
        if self.disk is not None:
            return None
        return next((file.data for file in self.files.values() if file.path == path), None)


def _written(folder: Path, path: str, data: bytes) -> Path:
    place = folder / path
    if folder.parent.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return place
