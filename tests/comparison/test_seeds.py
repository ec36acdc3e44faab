"""Which params are seeds."""

from __future__ import annotations

import pytest

from gitxp.comparison.groups.seeds import is_seed


@pytest.mark.parametrize(
    "name",
    [
        "params.seed", "params.SEED", "params.seeds", "params.seed0", "params.seed_2",
        "params.random_seed", "params.randomSeed", "params.randomseed", "params.data-seed",
        "params.random_state", "params.randomState", "params.model.random_state",
        "params.model.seed", "params.seeds.numpy", 'params["data.seed"]', "params.PYTHONHASHSEED",
        "params.seed_everything", "seeds.torch", 'seeds["a.b"]',
    ],
)  # fmt: skip
def test_seeds_are_known_by_their_names(name):
    assert is_seed(name)


@pytest.mark.parametrize(
    "name",
    [
        "params.lr", "params.n_seeds", "params.num_seeds", "params.nSeeds", "params.seedling",
        "params.seed_size", "params.linseed", "params.reseed_every", "params.state", "params[1]",
        "params.state_random", "tags.seed", "metrics.seed", "data.seed", "code_tree",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_seed_is_none(name):
    assert not is_seed(name)
