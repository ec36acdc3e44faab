"""Secrets in tracked code and in differences."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.policy.secrets.code import MARKS, find_in_bytes, mask_diff, may_hold_secret

TOKEN = b"gh" + b"p_" + b"a1B2" * 9
KEY = b"-----BEGIN RSA PRIVATE" + b" KEY-----\n%s\n%s\n-----END RSA PRIVATE KEY-----\n" % (
    b"aB1/" * 16,
    b"cD2+" * 16,
)


def test_finding_says_file_and_line():
    found = find_in_bytes(b"import os\n\nTOKEN = '" + TOKEN + b"'\n", "a/b.py")
    assert [(one.path, one.line, one.what) for one in found] == [("a/b.py", 3, "GitHub token")]


@pytest.mark.parametrize(
    "line",
    [
        b"password = get_password()",
        b"self.token = token2",
        b"password: str | None = None",
        b"api_key = os.environ['API_KEY']",
        b"secret_key=settings.SECRET_KEY,",
        b"def login(password, token=DEFAULT_TOKEN1):",
        b"token = base64_v2_token",
        b"if password == other_password1:",
        b"print('password:', password)",
        b'parser.add_argument("--password", help="of the database")',
        b'parser.add_argument("--token", "-t")',
        b"url = f'postgres://{user}:{password}@{host}/x'",
        b"url = 'https://%s:%s@host' % login",
        b"LOGIN = re.compile(r'://[^:/]+:[^@]+@')",
        b'ERROR = "password: must have eight characters or more"',
        b"tokens = tokenizer(text, max_length=512)",
        b"key = jax.random.PRNGKey(seed)",
    ],
)
def test_programs_variables_are_no_secrets(line):
    assert find_in_bytes(line + b"\n", "train.py") == ()


@pytest.mark.parametrize("path", ["a.yaml", ".env.test", "b.ini", "run.sh"])
def test_bare_word_is_a_secret_where_files_have_no_quotes(path):
    assert [one.line for one in find_in_bytes(b"lr: 1\npassword: hunter\n", path)] == [2]
    assert find_in_bytes(b"lr: 1\npassword: hunter\n", "train.py") == ()


@pytest.mark.parametrize("mark", MARKS)
def test_marked_line_is_left_alone(mark):
    line = b"password = 'hunter2'  # " + mark + b"\n"
    assert find_in_bytes(line, "a.py") == ()
    assert [one.line for one in find_in_bytes(line + b"secret = 'hunter2'\n", "a.py")] == [2]
    diff = diff_of(line)
    assert mask_diff(diff).value is diff


def test_binary_files_are_searched_by_shape_alone():
    assert find_in_bytes(b"\0\0 password='hunter2'", "a.bin") == ()
    assert len(find_in_bytes(b"\0\0 " + TOKEN + b" x", "a.bin")) == 1


def diff_of(*added, path=b"a.py"):
    lines = b"".join(b"+" + line for line in added)
    return b"diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n@@ -1 +1,%d @@\n x = 1\n%s" % (
        *[path] * 4,
        len(added) + 1,
        lines,
    )


def test_diff_without_a_secret_is_the_same_object():
    diff = diff_of(b"lr = 0.1\n")
    assert mask_diff(diff).value is diff


def test_private_key_in_a_diff_keeps_its_lines():
    diff = diff_of(*KEY.splitlines(keepends=True), path=b"key.txt")
    masked = mask_diff(diff)
    assert b"aB1/" not in masked.value
    assert b"cD2+" not in masked.value
    assert masked.value.count(b"\n+<redacted>\n") == 1
    assert masked.value.count(b"\n") == diff.count(b"\n")
    assert [(one.what, one.path, one.line) for one in masked.findings] == [
        ("private key", "key.txt", 3)
    ]


def test_removed_and_kept_lines_are_masked_and_those_that_stay_are_found():
    diff = b"--- a/x.py\n+++ b/x.py\n@@ -5,2 +5 @@ SECRET = '%s'\n-%s\n A = '%s'\n" % ((TOKEN,) * 3)
    masked = mask_diff(diff)
    assert TOKEN not in masked.value
    assert masked.value.count(b"<redacted>") == 3
    assert [one.line for one in masked.findings] == [5]


def test_names_and_binary_patches_are_left_alone():
    diff = (
        b"diff --git a/password=hunter2.bin b/password=hunter2.bin\nindex 123..456 100644\n"
        b"GIT binary patch\nliteral 40\nzcmV" + TOKEN + b"\n\nliteral 0\nHcmV?d00001\n\n"
    )
    assert mask_diff(diff).value is diff


def test_lines_that_look_like_headers_are_code_within_a_hunk():
    diff = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- %s\n+++ %s\n" % (TOKEN, TOKEN)
    assert mask_diff(diff).value == diff.replace(TOKEN, b"<redacted>")


@pytest.fixture
def edited(repo_dir, git):
    """A repository whose working tree holds a secret, text with `\\r`, a binary file and a key."""
    (repo_dir / "data.bin").write_bytes(b"\0" + TOKEN)
    (repo_dir / "lines.txt").write_bytes(b"one\r\ntwo\rtwo\nthree")
    (repo_dir / "train.py").write_bytes(b"print('training')\ntoken = '" + TOKEN + b"'\nlr = 0.1\n")
    (repo_dir / "key.txt").write_bytes(KEY)
    (repo_dir / "conf.yaml").write_bytes(b"lr: 1\npassword: hunter2\n")
    git("add", "--all", cwd=repo_dir)
    return repo_dir


def test_masked_diff_applies_and_gives_masked_code(edited, git):
    diff = subprocess.run(
        ["git", "diff", "--binary", "--cached"], cwd=edited, capture_output=True, check=True
    ).stdout
    masked = mask_diff(diff)
    assert {one.path for one in masked.findings} == {"train.py", "key.txt", "conf.yaml"}
    git("reset", "--quiet", "--hard", cwd=edited)
    subprocess.run(["git", "apply", "-"], cwd=edited, input=masked.value, check=True)
    assert (edited / "train.py").read_bytes() == (
        b"print('training')\ntoken = '<redacted>'\nlr = 0.1\n"
    )
    assert (edited / "conf.yaml").read_bytes() == b"lr: 1\npassword: <redacted>\n"
    assert (edited / "lines.txt").read_bytes() == b"one\r\ntwo\rtwo\nthree"
    assert (edited / "data.bin").read_bytes() == b"\0" + TOKEN
    assert (edited / "key.txt").read_bytes().count(b"<redacted>") == 2
    assert mask_diff(masked.value).value is masked.value


_PIECES = st.sampled_from(
    [
        *(b"x = 1", b"password =", b"'hunter2-4711'", b"token: ", TOKEN, b'"key":', b"https://me:"),
        *(b"pw0rd9x@host/", KEY, KEY[:60], KEY[-40:], b"[metrics]", b"loss = 0.25", b"\n"),
    ]
)


@given(st.lists(st.lists(_PIECES).map(b"".join), max_size=5))
def test_texts_searched_as_one_miss_nothing_that_each_tells(texts):
    if any(find_in_bytes(text, ".env") for text in texts):
        assert may_hold_secret(texts)


def test_ordinary_texts_are_let_go_as_one():
    assert not may_hold_secret([b"loss = 0.25\n", b"", b"import os"])
