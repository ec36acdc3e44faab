"""Patterns say to which remotes runs may go; whatever is unclear keeps a run at home."""

from __future__ import annotations

import re

import pytest
import tomli

from gitxp.errors import InvalidSettings, RouteRefused
from gitxp.policy.resolve import resolve_settings
from gitxp.policy.routes import NOWHERE, check_route, may_go, route_of


def settings_with(toml):
    return resolve_settings(tomli.loads(f"[routes]\n{toml}"), {}, {})


def test_run_that_no_pattern_covers_may_go_anywhere():
    assert route_of(settings_with('"secret/*" = ["private"]'), "lr") == ()
    assert route_of(settings_with(""), "secret/lr") == ()
    assert may_go((), "origin")


@pytest.mark.parametrize(
    ("pattern", "experiment"),
    [
        ("secret", "secret"),
        ("secret", "secret/a/b"),
        ("secret/*", "secret/a/b"),
        ("*/secret", "vision/secret/a"),
        ("v1.2-*", "v1.2-lr"),
        ("run[0-9]", "run7"),
        ("run[0-9]", "run7/lr"),
        ("*", "a"),
    ],
)
def test_pattern_covers_what_it_matches_and_what_lies_below(pattern, experiment):
    assert route_of(settings_with(f'"{pattern}" = ["private"]'), experiment) == ("private",)


@pytest.mark.parametrize(
    ("pattern", "experiment"),
    [("secret", "secrets"), ("secret/*", "secret"), ("secret", "a/secret"), ("v1.2", "v1x2")],
)
def test_pattern_covers_nothing_else(pattern, experiment):
    assert route_of(settings_with(f'"{pattern}" = ["private"]'), experiment) == ()


@pytest.mark.parametrize("is_reversed", [False, True])
def test_most_specific_pattern_counts_in_any_order(is_reversed):
    lines = ['"*" = ["origin"]', '"secret/*" = ["private"]', '"secret/open" = ["origin", "hub"]']
    settings = settings_with("\n".join(reversed(lines) if is_reversed else lines))
    assert route_of(settings, "lr") == ("origin",)
    assert route_of(settings, "secret/lr") == ("private",)
    assert route_of(settings, "secret/open/lr") == ("origin", "hub")


def test_patterns_as_specific_as_each_other_allow_what_both_do():
    assert route_of(settings_with('"ab*" = ["a", "b"]\n"*bc" = ["b"]'), "abc") == ("b",)
    assert route_of(settings_with('"ab*" = ["a"]\n"*bc" = ["b"]'), "abc") == NOWHERE
    assert route_of(settings_with('"ab*" = ["a"]\n"*bc" = []'), "abc") == NOWHERE


def test_no_remote_at_all_is_told_from_any():
    assert route_of(settings_with('"scratch" = []'), "scratch") == NOWHERE
    assert not may_go(NOWHERE, "origin")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('"Secret/*" = ["private"]', "no experiment matches 'Secret/*'"),
        ('"my secret" = ["private"]', "no experiment matches 'my secret'"),
        ('"" = ["private"]', "no experiment matches ''"),
        ('secret.lr = ["private"]', 'routes."secret" is'),
        ('secret = "private"', "expected names of remotes"),
        ('secret = ["https://host/team.git"]', "expected names of remotes"),
        ('secret = ["git@host:team.git"]', "expected names of remotes"),
        ('secret = ["."]', "expected names of remotes"),
        ('secret = ["--all"]', "expected names of remotes"),
        ('secret = ["a\\nb"]', "expected names of remotes"),
        ('secret = [""]', "expected names of remotes"),
        ("secret = [1]", "expected names of remotes"),
    ],
)
def test_route_that_would_keep_nothing_private_is_an_error(toml, said):
    with pytest.raises(InvalidSettings, match=re.escape(said)):
        settings_with(toml)


def test_routes_that_are_no_table_are_an_error():
    with pytest.raises(InvalidSettings, match="expected a table"):
        resolve_settings({"routes": ["private"]}, {}, {})


def test_one_wrong_route_leaves_the_others_in_force():
    told = []
    table = tomli.loads('[routes]\n"Secret" = ["a"]\nsecret = ["private"]')
    settings = resolve_settings(table, {}, {}, pass_over=told.append)
    assert len(told) == 1
    assert route_of(settings, "secret") == ("private",)


def test_refusal_names_a_remote_that_would_do():
    check_route("abc", (), "origin", ["origin"])
    check_route("abc", ("private",), "private", ["private"])
    with pytest.raises(RouteRefused, match=r"'private' alone, not to 'origin'(?m:$)") as refused:
        check_route("abc", ("private",), "origin", ["origin", "private"])
    assert refused.value.hint == "git xp push private"


def test_refusal_says_that_no_remote_of_the_route_is_here():
    with pytest.raises(RouteRefused, match="no remote 'private' here") as refused:
        check_route("abc", ("private",), "origin", ["origin"])
    assert refused.value.hint == "git remote add private <url>"
    with pytest.raises(RouteRefused, match=r"no remote(?m:$)"):
        check_route("abc", NOWHERE, "origin", ["origin"])
