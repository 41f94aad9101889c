"""The quick imports: aiogram's models are not made at the start, and each can be made when it is first used."""

from __future__ import annotations

import gc
from types import ModuleType
from typing import Any

import aiogram.methods
import aiogram.types
import pytest
from pydantic import BaseModel

from bot import quick_imports


def models_of(module: ModuleType) -> list[type[BaseModel]]:
    named: list[Any] = [getattr(module, name) for name in module.__all__]
    return [one for one in named if isinstance(one, type) and issubclass(one, BaseModel)]


MODELS = [*models_of(aiogram.types), *models_of(aiogram.methods)]


def test_models_are_made_when_they_are_used_and_each_can_be() -> None:
    """Tests import aiogram as the bot does. Making all models takes a second and a hundred megabytes."""
    waiting = [model for model in MODELS if not model.__pydantic_complete__]
    assert len(waiting) > len(MODELS) / 4, "aiogram has made them at its import: it may do so in another way now"
    for model in waiting:
        model.model_rebuild()
    assert all(model.__pydantic_complete__ for model in MODELS)


def test_the_collector_rests_while_modules_are_imported_and_works_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc, "freeze", lambda: None)
    with quick_imports.quickly():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ImportError), quick_imports.quickly():
        raise ImportError
    assert gc.isenabled()
