"""What searching for secrets costs: each figure beside a plain scan of the same text.

Run it with `python tests/benchmarks/secret_search.py`; it prints a Markdown table. The floor is one
expression of three words that never match, as fast as Python's `re` can look at each byte.
"""

from __future__ import annotations

import base64
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import gitxp
from gitxp.policy.secrets.code import mask_diff
from gitxp.policy.secrets.stream import StreamRedactor
from gitxp.policy.secrets.text import redact_bytes
from gitxp.policy.secrets.values import redact_value

SIZE = 8 << 20
PIECE = 1 << 13
PLAIN = re.compile(rb"(?:hunter2|never|absent)")
LOG = (
    b"2026-01-02 10:00:00,123 INFO epoch %d step 1200/5000 loss 0.43215 lr 1.0e-03 acc 0.912\n"
    b"\r 45%%|####      | 120/250 [00:12<00:13,  9.8it/s, loss=0.432]"
)
CHATTY = b"step %d tokens/s: 98231.5 max_tokens=4096 key_dim=64 /data/cache/shard-00012.parquet\n"
PARAMS = {
    "lr": 1e-3,
    "model": {"name": "bert-base-uncased", "layers": [1, 2, 3], "max_tokens": 512},
    "data": {"source": "s3://bucket/train.parquet", "split": "train"},
    "notes": "cosine beats step",
}


def repeated(line: bytes) -> bytes:
    count = SIZE // len(line)
    return b"".join(line % number for number in range(count))


def speed(act: Callable[[bytes], object], data: bytes) -> float:
    """Return the median of several calls in millions of bytes a second."""
    spent = []
    for _ in range(5):
        begun = time.process_time()
        act(data)
        spent.append(time.process_time() - begun)
    return len(data) / statistics.median(spent) / 1e6


def stream(data: bytes) -> None:
    redactor = StreamRedactor()
    for start in range(0, len(data), PIECE):
        redactor.feed(data[start : start + PIECE])
    redactor.close()


def bench_texts() -> None:
    code = b"".join(path.read_bytes() for path in Path(gitxp.__file__).parent.rglob("*.py"))
    head = b"--- a/x.py\n+++ b/x.py\n@@ -0,0 +1,%d @@\n" % code.count(b"\n")
    texts = {
        "output of training": (repeated(LOG), stream),
        "output full of tokens, keys and paths": (repeated(CHATTY), stream),
        "Base64": (base64.encodebytes(random.Random(1).randbytes(SIZE // 2)), redact_bytes),
        "Base64 on one line": (base64.b64encode(random.Random(1).randbytes(SIZE // 2)), stream),
        "a difference": (head + b"".join(b"+" + x for x in code.splitlines(True)), mask_diff),
        "the same secret on every line": (b"password=hunter2 and more words\n" * 20_000, stream),
    }
    for what, (data, act) in texts.items():
        floor = speed(PLAIN.findall, data)
        reached = speed(act, data)
        print(f"| {what} | {reached:.0f} MB/s | {floor:.0f} MB/s | {floor / reached:.1f} |")


def bench_params() -> None:
    redact_value((), PARAMS)
    begun = time.process_time()
    for _ in range(10_000):
        redact_value((), PARAMS)
    print(f"| {len(PARAMS)} params, nested | {(time.process_time() - begun) * 100:.0f} µs | | |")


def bench_first_use() -> None:
    code = (
        "import time, gitxp; begun = time.process_time()\n"
        "from gitxp.policy.secrets.values import redact_value\n"
        f"redact_value((), {PARAMS!r}); print(time.process_time() - begun)"
    )
    spent = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    print(f"| import and first params of a process | {statistics.median(spent) * 1e3:.1f} ms | | |")


if __name__ == "__main__":
    print("| what | measured | plain scan | times |\n|---|---|---|---|")
    bench_texts()
    bench_params()
    bench_first_use()
