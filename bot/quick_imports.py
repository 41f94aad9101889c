"""Imports the libraries in less than half of the time and of the memory: models of aiogram are made at their first use.

aiogram's 400 models ask pydantic to be made when they are first used (`defer_build`), but aiogram makes all of them at
its import, which takes most of the seconds in which a bot starts, and 100 MB (issue 1891 of aiogram tells of the
seconds). A bot needs few of them.
"""

import contextlib
import gc
import sys
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel


@contextlib.contextmanager
def quickly() -> Iterator[None]:
    """Lets what is imported inside be imported quickly, aiogram among it."""
    begin()
    try:
        yield
    finally:
        end()


def begin() -> None:
    """Imports aiogram, and lets the garbage collector rest: nothing of a module is garbage."""
    gc.disable()
    if "aiogram" not in sys.modules:
        _import_aiogram()


def end() -> None:
    """Lets the garbage collector work again, and leaves all that is loaded out of what it looks through."""
    gc.freeze()
    gc.enable()


def _import_aiogram() -> None:
    """Imports aiogram without making its models; pydantic makes each at its first use.

    For that the names in a model's annotations have to stand in its module. aiogram hands them over where it makes the
    model, since modules that need each other cannot import them.
    """
    names: dict[str, Any] = {}
    modules = set()
    make = BaseModel.__dict__["model_rebuild"]

    def note(model: type[BaseModel], /, *, _types_namespace: dict[str, Any] | None = None, **more: Any) -> bool | None:
        if _types_namespace is None:  # pydantic itself makes a model that is used
            made: bool | None = make.__get__(None, model)(**more)
            return made
        names.update(_types_namespace)
        modules.add(model.__module__)
        return None

    setattr(BaseModel, "model_rebuild", classmethod(note))  # noqa: B010 - its type names its parameters otherwise
    try:
        import aiogram  # noqa: F401
    finally:
        setattr(BaseModel, "model_rebuild", make)  # noqa: B010
    for module in modules:
        known = vars(sys.modules[module])
        for name, meant in names.items():
            known.setdefault(name, meant)
