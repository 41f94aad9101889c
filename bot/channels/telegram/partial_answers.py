"""Reads results of Bot API calls field by field where they do not parse as a whole.

The Bot API is extended every few weeks, and a server of one's own may be older than the library. A field too many, too
few or of an unknown kind must not cost what stands beside it.
"""

from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from aiogram import Bot
from aiogram.types import TelegramObject
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo


def leniently(wanted: Any, value: Any, bot: Bot) -> Any:
    """Gives `value` as the wanted type; what is missing or cannot be read is None, in whatever depth it stands."""
    try:
        return _adapter(wanted).validate_python(value, context={"bot": bot})
    except (ValidationError, RecursionError):
        return _in_parts(wanted, value, bot)


@cache
def _adapter(wanted: Any) -> TypeAdapter[Any]:
    return TypeAdapter(wanted)


def _in_parts(wanted: Any, value: Any, bot: Bot) -> Any:
    origin = get_origin(wanted)
    if origin is Annotated:
        return _in_parts(get_args(wanted)[0], value, bot)
    if origin in (Union, UnionType):
        return _of_union(get_args(wanted), value, bot)
    if origin is list and isinstance(value, list):
        read = [leniently(get_args(wanted)[0], one, bot) for one in value]
        return [one for one in read if one is not None]
    if _is_model(wanted) and isinstance(value, dict):
        return _model(wanted, value, bot)
    return None


def _is_model(wanted: Any) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, BaseModel)


def _of_union(members: tuple[Any, ...], value: Any, bot: Bot) -> Any:
    models = [member for member in members if _is_model(member)]
    if models and isinstance(value, dict):
        return _model(_fitting(models, value), value, bot)
    read = (_in_parts(member, value, bot) for member in members if member is not NoneType)
    return next((one for one in read if one is not None), None)


def _fitting(models: list[type[BaseModel]], raw: dict[str, Any]) -> type[BaseModel]:
    """Gives the model of the kind that the raw object names («status», «type»); their base class if it is unknown."""
    named = [model for model in models if all(_agrees(name, field, raw) for name, field in _fields(model).items())]
    if named:
        return max(named, key=lambda model: len(_keys(model) & raw.keys()))
    return next(base for base in models[0].__mro__ if all(issubclass(model, base) for model in models))


def _agrees(name: str, field: FieldInfo, raw: dict[str, Any]) -> bool:
    if get_origin(field.annotation) is not Literal:
        return True
    return raw.get(field.alias or name) in get_args(field.annotation)


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Gives the fields of a model; their annotations are types only once it is made (see bot/quick_imports.py)."""
    model.model_rebuild()
    return model.model_fields


def _keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in _fields(model).items()}


def _model(model: type[BaseModel], raw: dict[str, Any], bot: Bot) -> BaseModel:
    known = _keys(model)
    read: dict[str, Any] = {key: value for key, value in raw.items() if key not in known}
    for name, field in _fields(model).items():
        key = field.alias or name
        if key in raw:
            read[name] = leniently(field.annotation, raw[key], bot)
        else:
            read[name] = None if field.is_required() else field.get_default(call_default_factory=True)
    made = model.model_construct(**read)
    return made.as_(bot) if isinstance(made, TelegramObject) else made
