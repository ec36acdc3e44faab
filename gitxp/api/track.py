"""`@gitxp.track`: every call of a function is a run."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar, overload

from gitxp.api.current import OPEN_RUNS
from gitxp.api.process_end import is_notebook
from gitxp.api.start import open_run, workspace_at
from gitxp.errors import InvalidValue
from gitxp.text import shown
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.request import StartRequest
from gitxp.tracking.values.checked import Tags
from gitxp.tracking.values.checked_params import checked_params

P = ParamSpec("P")
R = TypeVar("R")

# The first argument of a method is the object that it belongs to, and no param.
_OWNERS = ("self", "cls")


@overload
def track(experiment: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def track(
    experiment: str | None = None,
    name: str | None = None,
    *,
    ignore: Sequence[str] = (),
    tags: Tags | None = None,
    hypothesis: str | None = None,
    description: str | None = None,
    group: str | None = None,
    capture_output: bool = False,
    strict: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def track(
    experiment: Callable[P, R] | str | None = None,
    name: str | None = None,
    *,
    ignore: Sequence[str] = (),
    tags: Tags | None = None,
    hypothesis: str | None = None,
    description: str | None = None,
    group: str | None = None,
    capture_output: bool = False,
    strict: bool = False,
) -> Callable[P, R] | Callable[[Callable[P, R]], Callable[P, R]]:
    """Make every call of a function a run: with its arguments as params.

    Defaults count, too; `**extra` arguments are params under their own names. If the function
    returns a mapping, that is logged at the end: its final metrics. A call inside an open run is
    a child of it. Coroutines can be tracked; generators cannot, which end when nobody knows.

    Args:
        experiment: As in `start_run`; without parentheses the function itself.
        name: As in `start_run`, as are the other arguments that are not named here.
        ignore: Arguments that are no params, such as a model or a data loader.

    Raises:
        InvalidValue: If it is no function, or one that cannot be tracked.

    Example:
        >>> import gitxp
        >>> @gitxp.track("lr-schedule", ignore=["model"])
        ... def train(model, lr=0.1, epochs=2):
        ...     for epoch in range(epochs):
        ...         gitxp.log({"loss": lr / (epoch + 1)}, step=epoch)
        ...     return {"accuracy": 0.9}
        >>> train(object(), epochs=3)
        {'accuracy': 0.9}
        >>> run = gitxp.get_run("@")
        >>> run.params, run.metrics["accuracy"].last.value
        ({'lr': 0.1, 'epochs': 3}, 0.9)
    """
    if callable(experiment):
        return _tracked(experiment, StartRequest(), (), captures=False)
    # What is wrong is said here, not at the first call.
    asked = StartRequest(
        experiment=experiment,
        name=name,
        tags=() if tags is None else tags,
        hypothesis=hypothesis,
        description=description,
        group=group,
        is_strict=strict,
    )

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        return _tracked(function, asked, tuple(ignore), captures=capture_output)

    return decorate


def _tracked(
    function: Callable[P, R],
    asked: StartRequest,
    ignored: tuple[str, ...],
    *,
    captures: bool,
) -> Callable[P, R]:
    _check(function, ignored)
    signature = inspect.signature(function)

    @contextmanager
    def run_of(arguments: inspect.BoundArguments) -> Iterator[ActiveRun]:
        around = OPEN_RUNS.around_call()
        request = replace(
            _with_params(asked, _params(arguments, ignored)),
            parent=around.id if around else None,
            snapshot="each" if is_notebook() else None,
        )
        with open_run(workspace_at(), request, None, captures=captures) as run:
            OPEN_RUNS.add(run, is_call=True)
            yield run

    if inspect.iscoroutinefunction(function):

        async def call_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            with run_of(signature.bind(*args, **kwargs)) as run:
                return _told(run, await function(*args, **kwargs))

        tracked: Any = call_async
    else:

        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with run_of(signature.bind(*args, **kwargs)) as run:
                return _told(run, function(*args, **kwargs))

        tracked = call
    wrapped: Callable[P, R] = functools.wraps(function)(tracked)
    return wrapped


def _check(function: Callable[..., object], ignored: Sequence[str]) -> None:
    if inspect.isclass(function) or not callable(function):
        raise InvalidValue(f"track got {shown(function)}: expected a function")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise InvalidValue(
            f"{function.__qualname__} is a generator: only its caller knows when its run ends",
            hint="with gitxp.start_run() as run: around the loop that uses it",
        )
    parameters = inspect.signature(function).parameters
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    unknown = sorted(set(ignored) - parameters.keys())
    if unknown and not takes_any:
        raise InvalidValue(f"ignore names {unknown}: expected arguments of {function.__qualname__}")


def _with_params(asked: StartRequest, params: Mapping[str, Any]) -> StartRequest:
    try:
        return replace(asked, params=checked_params(params))
    except InvalidValue as error:
        hint = "@gitxp.track(ignore=[...]) names arguments that are no params"
        raise InvalidValue(str(error), hint=hint) from error


def _params(bound: inspect.BoundArguments, ignored: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of a call with those that have a default, as they are called."""
    bound.apply_defaults()
    params: dict[str, Any] = {}
    for place, (name, parameter) in enumerate(bound.signature.parameters.items()):
        if name in ignored or (place == 0 and name in _OWNERS):
            continue
        value = bound.arguments[name]
        if parameter.kind is parameter.VAR_KEYWORD:
            params |= {key: one for key, one in value.items() if key not in ignored}
        elif parameter.kind is parameter.VAR_POSITIONAL:
            params |= {name: list(value)} if value else {}
        else:
            params[name] = value
    return params


def _told(run: ActiveRun, returned: R) -> R:
    if isinstance(returned, Mapping) and returned:
        run.log(returned)
    return returned
