"""The page of everything that `import gitxp` gives, made of signatures and docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final

from docstring import markdown

import gitxp
from gitxp.tracking.active_run import NOT_FOR_SCRIPTS

_INTRO: Final = """\
# Python

Everything that `import gitxp` gives. While a run is open nothing raises: what cannot be recorded
[is warned of](trouble.md). Each example is run in a repository of its own.
"""
_GROUPS: Final = {
    "Start and end runs": ("start_run", "active_run", "end_run", "track", "seed_everything"),
    "Log to the current run": (
        "log", "log_metric", "log_metrics", "log_param", "log_params", "log_seeds", "set_tag",
        "set_tags", "log_dataset", "log_artifact", "log_artifacts", "log_text", "log_dict",
        "log_figure", "log_table",
    ),
    "Ask": ("runs", "history", "get_run", "open"),
    "Compare": ("compare", "curves", "convergence", "groups", "suite", "plot"),
    "Classes": ("ActiveRun", "Run", "RunView", "Project", "Comparison", "Plot"),
    "Errors": ("GitxpError", "GitxpWarning"),
}  # fmt: skip
_NOT_FOR_SCRIPTS: Final = {"ActiveRun": NOT_FOR_SCRIPTS}
_WIDEST: Final = 88


def api_page() -> str:
    """Return the page; every public name must have its place in a group."""
    told = sorted(name for names in _GROUPS.values() for name in names)
    if told != sorted(gitxp.__all__):
        raise ValueError(f"not told once each: {set(told) ^ set(gitxp.__all__)}")
    parts = [_INTRO]
    for title, names in _GROUPS.items():
        parts += [f"## {title}\n", *(_public(name, getattr(gitxp, name)) for name in names)]
    return "\n".join(parts).rstrip() + "\n"


def _public(name: str, described: Any) -> str:
    if not inspect.isclass(described):
        return _function(f"### {name}", f"gitxp.{name}", described)
    fields = getattr(described, "__dataclass_fields__", {})
    parts = [f"### {name}\n", markdown(described), ""]
    if fields:
        parts += ["| field | type |", "|---|---|"]
        parts += [f"| `{one}` | `{_in_table(field.type)}` |" for one, field in fields.items()]
        parts.append("")
    parts += [_member(name, one, member) for one, member in _members(described)]
    return "\n".join(parts)


def _members(described: type) -> Iterator[tuple[str, Any]]:
    """Yield what a class says of its own and takes from ours, those that are values first."""
    passed_over = _NOT_FOR_SCRIPTS.get(described.__name__, frozenset())
    found: dict[str, Any] = {}
    for owner in reversed(described.__mro__):
        if owner.__module__.startswith("gitxp."):
            found |= {name: one for name, one in vars(owner).items() if _is_told(name, one)}
    if passed_over - found.keys():
        raise ValueError(f"{described.__name__} has no {passed_over - found.keys()}")
    told = [(name, one) for name, one in found.items() if name not in passed_over]
    return iter(sorted(told, key=lambda pair: inspect.isfunction(pair[1])))


def _is_told(name: str, member: Any) -> bool:
    is_one = inspect.isfunction(member) or isinstance(member, property | cached_property)
    return is_one and not name.startswith("_")


def _member(owner: str, name: str, member: Any) -> str:
    if inspect.isfunction(member):
        return _function(f"#### {owner}.{name}", name, member)
    get = member.fget if isinstance(member, property) else member.func
    kind = inspect.signature(get).return_annotation
    return f"#### {owner}.{name}\n\n```text\n{name}: {kind}\n```\n\n{markdown(get)}\n"


def _function(heading: str, name: str, function: Callable[..., Any]) -> str:
    return f"{heading}\n\n```text\n{_signature(name, function)}\n```\n\n{markdown(function)}\n"


def _signature(name: str, function: Callable[..., Any]) -> str:
    """Return how a function is called, on one line where there is room."""
    signature = inspect.signature(function)
    given = [one for one in signature.parameters.values() if one.name != "self"]
    told: list[str] = []
    for place, one in enumerate(given):
        if one.kind is one.KEYWORD_ONLY and (not place or given[place - 1].kind is not one.kind):
            told.append("*")
        told.append(_parameter(one))
    end = f") -> {signature.return_annotation}"
    line = f"{name}({', '.join(told)}{end}"
    if len(line) <= _WIDEST:
        return line
    return "\n".join([f"{name}(", *(f"    {one}," for one in told), end])


def _parameter(one: inspect.Parameter) -> str:
    default = "" if one.default is one.empty else f" = {one.default!r}"
    stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
    return f"{stars}{one.name}: {one.annotation}{default}"


def _in_table(text: object) -> str:
    return str(text).replace("|", r"\|")
