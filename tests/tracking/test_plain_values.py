"""Whatever kind of value or config a script has, its params are plain and typed."""

from __future__ import annotations

import argparse
import json
import math
import types
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum, auto
from fractions import Fraction
from functools import partial
from pathlib import Path, PureWindowsPath
from types import MappingProxyType
from typing import Any
from uuid import UUID

import attrs
import numpy as np
import omegaconf
import pandas as pd
import pydantic
import pytest
from typed import typed

import gitxp
from gitxp.errors import GitxpWarning, InvalidValue
from gitxp.tracking.values.plain_values import plain_params


class Schedule(Enum):
    COSINE = "cosine"


class Counted(Enum):
    FIRST = auto()
    SECOND = auto()


class Choice(Flag):
    A = auto()
    B = auto()


class Level(IntEnum):
    HIGH = 3


class Mode(StrEnum):
    FAST = "fast"


class Stubborn(int):
    def __int__(self):
        return 99


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Level.HIGH, 3),
        (Mode.FAST, "fast"),
        (Stubborn(7), 7),
        (np.float32(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (np.dtype("float32"), "float32"),
        (np.int64(-3), -3),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.bool_(True), True),
        (np.str_("text"), "text"),
        (np.bytes_(b"raw"), b"raw"),
        (np.array(2.5), 2.5),
        (
            np.datetime64("2026-01-02T03:04:05.000006"),
            datetime.fromisoformat("2026-01-02T03:04:05.000006"),
        ),
        (np.datetime64("2026-01-02"), date(2026, 1, 2)),
        (pd.Timestamp("2026-01-02T03:04"), datetime.fromisoformat("2026-01-02T03:04")),
        (OrderedDict(b=1), {"b": 1}),
        (namedtuple("Size", "width height")(2, 3), {"width": 2, "height": 3}),
        (np.array([[0.1, 2], [3, np.nan]]), [[0.1, 2.0], [3.0, math.nan]]),
        (np.array([2**64 - 1], dtype=np.uint64), [2**64 - 1]),
        (np.zeros((0, 3)), []),
        (np.float32, "numpy.float32"),
        ({3, 10, 2}, [2, 3, 10]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({1, "a"}, ["a", 1]),
        (range(2, 8, 3), [2, 5]),
        (timedelta(minutes=1.5), 90.0),
        (Decimal("0.1"), 0.1),
        (Fraction(1, 4), 0.25),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Path("data") / "train", "data/train"),
        (PureWindowsPath("c:/data"), "c:\\data"),
        (Schedule.COSINE, "cosine"),
        (Counted.SECOND, "SECOND"),
        (Choice.A | Choice.B, "A|B"),
        (int, "int"),
        (OrderedDict, "collections.OrderedDict"),
        (math.sqrt, "math.sqrt"),
        (json.dumps, "json.dumps"),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_value_of_another_type_becomes_the_plain_one(value, expected):
    made = plain_params({"key": value})["key"]
    assert typed(made) == typed(expected)


def holding_itself():
    value = {}
    value["again"] = [value, value]
    return value


def nested(depth):
    value = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "value",
    [
        1j,
        object(),
        lambda: 1,
        partial(print, 1),
        range(101),
        bytearray(b"x"),
        np.zeros(101),
        np.array([np.longdouble("0.1")]),
        np.longdouble("0.1"),
        np.datetime64("2026-01-02", "ns"),
        np.timedelta64(1, "s"),
        np.complex128(1j),
        pd.NaT,
        pd.Timestamp("2026-01-02T00:00:00.000000001"),
        time(1, tzinfo=UTC),
        datetime(2026, 1, 2, tzinfo=timezone(timedelta(seconds=1))),
        2**20_000,
        holding_itself(),
        nested(200),
        {frozenset({1}): 1},
        {"\ud83d\ude00": 1, "😀": 2},
    ],
    ids=lambda value: type(value).__name__,
)
def test_value_that_nothing_can_hold_is_refused_by_its_key(value):
    with pytest.raises(InvalidValue, match=r"param 'model\.(layer|a)"):
        plain_params({"model": {"layer": value} if not isinstance(value, dict) else {"a": value}})


def test_refusal_names_type_and_what_is_accepted():
    with pytest.raises(InvalidValue, match=r"'opt\.fn' is a function: expected text, a number"):
        plain_params({"opt": {"fn": lambda: 1}})


def test_array_that_is_no_param_is_refused_with_a_way_to_keep_it():
    with pytest.raises(
        InvalidValue, match=r"'w' is an array of 101 values: expected at most 100"
    ) as found:
        plain_params({"w": np.zeros(101)})
    assert "log_table" in found.value.hint


def test_params_that_are_no_mapping_are_refused():
    with pytest.raises(InvalidValue, match="params are a list: expected a mapping"):
        plain_params([1])


def test_a_value_used_twice_is_no_cycle():
    shared = {"lr": 0.1}
    assert plain_params({"a": shared, "b": [shared, shared]})["b"] == [shared, shared]


@dataclass
class Optimizer:
    kind: Schedule = Schedule.COSINE
    lr: Any = 0.1
    state: Any = field(init=False)


@dataclass(frozen=True, slots=True)
class Slotted:
    lr: float = 0.1


@attrs.define
class Model:
    depth: int = 3
    optimizer: Optimizer = attrs.Factory(Optimizer)


class Data(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    path: Path = Path("data")
    split: tuple[float, ...] = (0.8, 0.2)
    token: pydantic.SecretStr = pydantic.SecretStr("hunter2")


@pydantic.dataclasses.dataclass
class Trainer:
    epochs: int = 3


OMEGA = omegaconf.OmegaConf.create(
    {"model": {"depth": 3, "widths": [1, "${model.depth}"]}, "out": "${model.depth}-runs"}
)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (Optimizer(), {"kind": "cosine", "lr": 0.1}),
        (Slotted(), {"lr": 0.1}),
        (Model(), {"depth": 3, "optimizer": {"kind": "cosine", "lr": 0.1}}),
        (
            Data(more=[Trainer()]),
            {"path": "data", "split": (0.8, 0.2), "token": "**********", "more": [{"epochs": 3}]},
        ),
        (argparse.Namespace(lr=0.1, out=Path("o")), {"lr": 0.1, "out": "o"}),
        (types.SimpleNamespace(lr=0.1), {"lr": 0.1}),
        (OMEGA, {"model": {"depth": 3, "widths": [1, 3]}, "out": "3-runs"}),
        (
            omegaconf.OmegaConf.structured(Slotted),
            {"lr": 0.1},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_config_becomes_a_mapping_at_the_top_and_inside(config, expected):
    assert typed(plain_params(config)) == typed(expected)
    assert typed(plain_params({"list": [config]})["list"][0]) == typed(expected)


class Stubborn2:
    def __repr__(self):
        raise RuntimeError("no repr")


@attrs.define
class Raising:
    values: Any = None

    def __getattribute__(self, name):
        if name == "values":
            raise OSError("the store is gone")
        return super().__getattribute__(name)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"a": {"b": Stubborn2()}}, "param 'a.b' is a Stubborn2: expected"),
        ({"a": {Stubborn2(): 1}}, "param 'a' is a Stubborn2: expected"),
        ({"a": Raising()}, "param 'a' cannot be read: OSError: the store is gone"),
        (
            omegaconf.OmegaConf.create({"model": {"lr": "???"}}),
            "param 'model.lr' cannot be read: MissingMandatoryValue",
        ),
        (
            omegaconf.OmegaConf.create({"model": {"lr": "${nowhere}"}}),
            "param 'model.lr' cannot be read: InterpolationKeyError",
        ),
        ({"model": Optimizer(lr=object())}, "param 'model.lr' is an object: expected"),
    ],
)
def test_what_cannot_be_recorded_stops_the_start_by_its_name(
    repo_dir, monkeypatch, params, message
):
    monkeypatch.chdir(repo_dir)
    with pytest.raises(InvalidValue) as found:
        gitxp.start_run("configs", params=params)
    assert message in str(found.value)
    assert gitxp.runs().empty


def test_in_training_the_rest_of_a_config_is_kept(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    missing = omegaconf.OmegaConf.create({"depth": 3, "inner": {"lr": "???", "size": 2}})
    refusal = pytest.warns(GitxpWarning, match="'omega.inner.lr' cannot be read")
    with refusal, gitxp.start_run("configs") as run:
        run.log_params({"omega": missing, "optimizer": Optimizer(lr=lambda: 1)})
    found = gitxp.get_run(run.id)
    assert found.params == {
        "omega": {"depth": 3, "inner": {"size": 2}},
        "optimizer": {"kind": "cosine"},
    }
    assert found.failures == 2


def test_config_is_read_once_before_training(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    counts = iter(range(10))
    omegaconf.OmegaConf.register_new_resolver("count", lambda: next(counts), replace=True)
    config = omegaconf.OmegaConf.create({"number": "${count:}"})
    with gitxp.start_run("configs", params=config) as run:
        pass
    assert gitxp.get_run(run.id).params == {"number": 0}
    assert next(counts) == 1


def test_object_that_holds_itself_is_refused():
    config = argparse.Namespace(lr=0.1)
    config.again = [config]
    with pytest.raises(InvalidValue, match=r"'again\.0' holds itself"):
        plain_params(config)
