"""What config objects stand for, known without loading the libraries that they come from."""

from __future__ import annotations

import dataclasses
import os
import types
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any, Final

from gitxp.capture.libraries.table import is_instance
from gitxp.errors import InvalidValue

UNKNOWN: Final = object()

# What is longer is no hyperparameter but a part of the model or of the data.
MOST_ITEMS: Final = 100


def unfolded(value: Any) -> Any:
    """Return what an object stands for, one level plainer; `UNKNOWN` for any other object.

    A config becomes a mapping of its fields, a path text, an enum's member its text or else its
    name, a class or function the dotted name to import it by, a duration its seconds, a set a
    sorted list. Fields are read as the script would read them, so this raises whatever they do.

    Raises:
        InvalidValue: If an array has more than 100 values.

    Example:
        >>> import argparse
        >>> from pathlib import Path
        >>> unfolded(argparse.Namespace(lr=0.1, out=Path("runs"))), unfolded(Path("runs"))
        ({'lr': 0.1, 'out': PosixPath('runs')}, 'runs')
        >>> unfolded(argparse.Namespace), unfolded(object()) is UNKNOWN
        ('argparse.Namespace', True)
    """
    for is_kind, unfold in _KINDS:
        if is_kind(value):
            return unfold(value)
    return UNKNOWN


def _is_dataclass(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _dataclass_fields(value: Any) -> dict[str, Any]:
    names = (field.name for field in dataclasses.fields(value))
    # One without a value, as `field(init=False)` may be, is none to record.
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


def _is_attrs(value: Any) -> bool:
    return hasattr(type(value), "__attrs_attrs__") and not isinstance(value, type)


def _attrs_fields(value: Any) -> dict[str, Any]:
    names = (field.name for field in type(value).__attrs_attrs__)
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


def _is_pydantic(value: Any) -> bool:
    return is_instance(value, "pydantic", "BaseModel")


def _is_pydantic_secret(value: Any) -> bool:
    return is_instance(value, "pydantic", "SecretStr", "SecretBytes", "Secret")


def _is_namespace(value: Any) -> bool:
    is_parsed = is_instance(value, "argparse", "Namespace")
    return is_parsed or isinstance(value, types.SimpleNamespace)


def _is_exact_number(value: Any) -> bool:
    is_decimal = is_instance(value, "decimal", "Decimal")
    return is_decimal or is_instance(value, "fractions", "Fraction")


def _is_list_config(value: Any) -> bool:
    return is_instance(value, "omegaconf", "ListConfig")


def _is_importable(value: Any) -> bool:
    is_code = isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType))
    # A lambda, or what stands inside a function, cannot be imported by its name.
    return is_code and "<" not in value.__qualname__ and isinstance(value.__module__, str)


def _import_name(value: Any) -> str:
    module = value.__module__
    return value.__qualname__ if module == "builtins" else f"{module}.{value.__qualname__}"


def _enum_value(member: Enum) -> str | None:
    # `auto()` counts members: what is counted says nothing, and changes with the code.
    return member.value if isinstance(member.value, str) else member.name


def _is_torch_name(value: Any) -> bool:
    return is_instance(value, "torch", "dtype", "device", "layout", "memory_format")


def _is_tensor(value: Any) -> bool:
    return is_instance(value, "torch", "Tensor")


def _tensor_items(tensor: Any) -> Any:
    check_items("a tensor", tensor.numel())
    return tensor.detach().cpu().tolist()


def _sorted_items(items: Any) -> list[Any]:
    try:
        return sorted(items)
    except TypeError:  # of several types
        return sorted(items, key=repr)


def _range_items(items: range) -> list[int]:
    check_items("a range", len(items))
    return list(items)


def check_items(what: str, count: int) -> None:
    """Return if as many values may be one param.

    Raises:
        InvalidValue: If they are too many.
    """
    if count > MOST_ITEMS:
        raise InvalidValue(
            f"{what} of {count} values: expected at most {MOST_ITEMS}",
            hint="keep what is long as a file: log_artifact, log_table",
        )


_KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (lambda value: isinstance(value, Enum), _enum_value),
    (_is_dataclass, _dataclass_fields),
    (_is_attrs, _attrs_fields),
    (_is_pydantic, dict),
    (_is_pydantic_secret, str),
    (_is_namespace, vars),
    (lambda value: isinstance(value, types.MappingProxyType), dict),
    (_is_list_config, list),
    (lambda value: isinstance(value, PurePath), os.fspath),
    (lambda value: isinstance(value, (set, frozenset)), _sorted_items),
    (lambda value: isinstance(value, range), _range_items),
    (lambda value: isinstance(value, timedelta), timedelta.total_seconds),
    (_is_exact_number, float),
    (lambda value: is_instance(value, "uuid", "UUID"), str),
    (_is_tensor, _tensor_items),
    (_is_torch_name, str),
    (lambda value: is_instance(value, "numpy", "dtype"), str),
    (_is_importable, _import_name),
)
