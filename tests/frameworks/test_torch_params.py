"""Values of PyTorch among the params."""

from __future__ import annotations

import pytest

from gitxp.errors import InvalidValue
from gitxp.tracking.values.plain_values import plain_params

torch = pytest.importorskip("torch", reason="pip install -e '.[frameworks]'")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (torch.tensor(2.5), 2.5),
        (torch.tensor(3), 3),
        (torch.tensor([1.0, 0.5], requires_grad=True), [1.0, 0.5]),
        (torch.tensor([[True], [False]]), [[True], [False]]),
        (torch.tensor(0.5, dtype=torch.bfloat16), 0.5),
        (torch.float32, "torch.float32"),
        (torch.device("cuda", 1), "cuda:1"),
        (torch.Size([2, 3]), (2, 3)),
        (torch.nn.ReLU, "torch.nn.modules.activation.ReLU"),
        (torch.nn.functional.relu, "torch.nn.functional.relu"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_value_becomes_plain(value, expected):
    made = plain_params({"key": value})["key"]
    assert (type(made), made) == (type(expected), expected)


def test_weights_are_no_param():
    with pytest.raises(InvalidValue, match=r"'model\.w' is a tensor of 1000 values"):
        plain_params({"model": {"w": torch.zeros(10, 100)}})


def test_module_is_refused_by_its_name():
    with pytest.raises(InvalidValue, match="'model' is a Linear: expected"):
        plain_params({"model": torch.nn.Linear(2, 2)})
