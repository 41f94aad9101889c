"""The bot's own HTTP port in tests: asks for /healthz and other paths, and posts to its webhook as Telegram does."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from tests import polled_waiting
from tests.world import World

SECRET = "X-Telegram-Bot-Api-Secret-Token"


def by_webhook(world: World, **environment: str) -> World:
    """Puts a webhook into the world's settings."""
    port = world.environment["HTTP_PORT"]
    world.environment |= {"WEBHOOK_URL": f"http://127.0.0.1:{port}/hook", **environment}
    return world


async def post(
    world: World, body: bytes | str, path: str = "/hook", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Posts to the bot as anybody on the internet may; with the right secret unless another is given."""
    assert world.app is not None
    given = {SECRET: world.app.settings.webhook_secret_or_derived, **headers}
    address = f"http://127.0.0.1:{world.environment['HTTP_PORT']}{path}"
    async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=given) as answer:
        return answer.status, dict(answer.headers), await answer.read()


async def get(world: World, path: str) -> tuple[int, str]:
    """Gives the status and the text of the port's answer to a GET."""
    address = f"http://127.0.0.1:{world.environment['HTTP_PORT']}{path}"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return answer.status, await answer.text()


async def health(world: World) -> tuple[int, dict[str, Any]]:
    """Gives the answer of /healthz: the status and the report."""
    status, text = await get(world, "/healthz")
    return status, json.loads(text)


async def until_health(world: World, status: int, words: str = "") -> None:
    """Waits until /healthz answers with this status and these words."""
    text = ""

    async def told() -> bool:
        nonlocal text
        answered, text = await get(world, "/healthz")
        return answered == status and words in json.loads(text)["reason"]

    await polled_waiting.until(told, what=lambda: f"{status} with «{words}» (last: {text})")
