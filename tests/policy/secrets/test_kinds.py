"""Every kind of secret is found wherever it stands, and what only looks like one is left alone.

The secrets are made up here, of parts, so that none stands in this file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import string
import uuid

import pytest

from gitxp.policy.secrets.arguments import redact_arguments
from gitxp.policy.secrets.code import find_in_bytes, mask_diff
from gitxp.policy.secrets.findings import REDACTED
from gitxp.policy.secrets.stream import StreamRedactor
from gitxp.policy.secrets.text import redact_bytes, redact_text, redact_url
from gitxp.policy.secrets.values import redact_value

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + "234567"


def made(alphabet, length, seed=0):
    """Some characters, with a digit and a letter among the first: the same for each length."""
    return "a7"[: length // 4] + "".join(
        random.Random(f"{length}{seed}").choices(alphabet, k=length - 2)
    )


def base64_of(length):
    return base64.b64encode(random.Random(length).randbytes(length)).decode()


JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (
        b'{"alg":"HS256","typ":"JWT"}',
        b'{"sub":"1234567890"}',
        b"signature of some bytes!",
    )
)
# Told by shape, whatever stands around.
SHAPES = {
    "AWS key id": "AK" + "IA" + made(UPPER, 18)[2:].upper(),
    "AWS session key id": "AS" + "IA" + made(UPPER, 18)[2:].upper(),
    "GitHub personal": "gh" + "p_" + made(LETTERS, 36),
    "GitHub OAuth": "gh" + "o_" + made(LETTERS, 36),
    "GitHub server": "gh" + "s_" + made(LETTERS, 36),
    "GitHub fine-grained": "github" + "_pat_" + made(LETTERS, 22) + "_" + made(LETTERS, 59),
    "GitLab": "gl" + "pat-" + made(LETTERS, 20),
    "Hugging Face": "h" + "f_" + made(LETTERS, 34),
    "OpenAI": "s" + "k-" + made(LETTERS, 20) + "T3BlbkFJ" + made(LETTERS, 20),
    "OpenAI project": "s" + "k-proj-" + made(LETTERS + "_-", 74) + "T3BlbkFJ" + made(LETTERS, 74),
    "Anthropic": "s" + "k-ant-api03-" + made(LETTERS + "_-", 93) + "AA",
    "Slack bot": "xo" + "xb-123456789012-1234567890123-" + made(LETTERS, 24),
    "Slack app": "xa" + "pp-1-A012345678-1234567890123-" + made(HEX, 64),
    "Slack webhook": "https://hooks.slack" + ".com/services/T0123456/B0123456/" + made(LETTERS, 24),
    "Discord webhook": "https://discord"
    + ".com/api/webhooks/123456789012345678/"
    + made(LETTERS, 68),
    "Discord bot": "MTIzNDU2Nzg5MDEyMzQ1Njc4" + ".Gh4j5K." + made(LETTERS, 38),
    "Stripe": "sk_" + "live_" + made(LETTERS, 24),
    "Stripe restricted": "rk_" + "live_" + made(LETTERS, 24),
    "Google API": "AI" + "za" + made(LETTERS + "_-", 35),
    "Google OAuth secret": "GOC" + "SPX-" + made(LETTERS, 28),
    "npm": "np" + "m_" + made(LETTERS, 36),
    "PyPI": "pypi" + "-AgEIcHlwaS5vcmc" + made(LETTERS + "_-", 130),
    "DigitalOcean": "dop" + "_v1_" + made(HEX, 64),
    "Twilio": "S" + "K" + made(HEX, 32),
    "SendGrid": "S" + "G." + made(LETTERS, 22) + "." + made(LETTERS, 43),
    "Mailgun": "ke" + "y-" + made(HEX, 32),
    "Telegram": "123456789" + ":AA" + made(LETTERS, 33),
    "JWT": JWT,
    "Databricks": "da" + "pi" + made(HEX, 32),
    "Neptune": base64.b64encode(
        b'{"api_address":"https://app.neptune.ai","api_key":"x1"}'
    ).decode(),
    "Replicate": "r" + "8_" + made(LETTERS, 37),
    "Groq": "gs" + "k_" + made(LETTERS, 52),
    "LangSmith": "ls" + "v2_pt_" + made(HEX, 32) + "_" + made(HEX, 10),
    "Vault": "hv" + "s." + made(LETTERS, 95),
    "Docker": "dc" + "kr_pat_" + made(LETTERS, 27),
    "Azure": "xY1" + "8Q" + "~" + made(LETTERS, 34),
    "Terraform Cloud": made(LETTERS, 14) + ".atlas" + "v1." + made(LETTERS, 67),
    "age": "AGE-SECRET" + "-KEY-1" + made(UPPER, 60)[2:].upper(),
}
# Told by the name before them.
NAMED = {
    "AWS secret": ("AWS_SECRET_ACCESS_KEY", base64_of(30)),
    "W&B": ("WANDB_API_KEY", made(HEX, 40)),
    "Comet": ("COMET_API_KEY", made(LETTERS, 25)),
    "Kaggle": ("KAGGLE_KEY", made(HEX, 32)),
    "Azure storage": ("AccountKey", base64_of(64)),
    "a password": ("db_password", "hunter2x9"),
    "a token": ("auth_token", made(LETTERS, 24)),
    "a client's secret": ("client_secret", made(LETTERS, 32)),
    "Cohere": ("cohere-api-key", made(LETTERS, 40)),
}
KINDS = {
    **{kind: ("value", secret) for kind, secret in SHAPES.items()},
    **NAMED,
}
URLS = {
    "login": "https://ada:" + "hunter2@example.org/data",
    "database": "postgres" + "://ada:hun/ter2@db.example.org:5432/runs",
    "Mongo": "mongodb" + "+srv://ada:hunter2@cluster.example.org/x?retryWrites=true",
    "token as user": "https://" + made(LETTERS, 40) + "@git.example.org/a/b.git",
    "SAS": "https://x.blob.core.windows.net/c/d.csv?sv=2024&sig=" + "hunter2%2Bx%3D&se=2030",
    "signed by AWS": "https://b.s3.amazonaws.com/k?X-Amz-Credential=hunter2&X-Amz-Signature=hunter2",
    "query": "https://example.org/x?access_token=" + "hunter2",
}
TEXTS = {
    "plain text": "connecting with {name}={secret} now",
    "a log line": "2026-01-02 10:00:00,123 INFO client: {name}: {secret}",
    "JSON": '{{"lr": 0.1, "{name}": "{secret}"}}',
    "a line of JSON": '{{"log": "one\\n{name}={secret}"}}',
    "JSON within JSON": '{{"body": "{{\\"{name}\\": \\"{secret}\\"}}"}}',
    "a YAML line": "  {name}: {secret}",
    "a TOML line": '{name} = "{secret}"',
    "a Python assignment": "{name} = '{secret}'",
    "a Python argument": 'connect({name}="{secret}", port=5432)',
    "a Python item": 'os.environ["{name}"] = "{secret}"',
    "a typed Python field": '    {name}: str = "{secret}"',
    "a shell's export": "export {name}={secret}",
    "an option": "+ python train.py --{name} {secret} --lr 0.1",
    "an option with =": "+ python train.py --{name}={secret} --lr 0.1",
    "a header": "{name}: {secret}\r",
    "a coloured line": "\x1b[1m{name}\x1b[0m: \x1b[32m{secret}\x1b[0m",
    "a connection string": "Server=db;{name}={secret};Port=1",
    "an XML element": "<{name}>{secret}</{name}>",
    "a dict's repr": "{{'{name}': '{secret}', 'lr': 0.1}}",
}


def spelled(template, kind):
    name, secret = KINDS[kind]
    return template.format(name=name, secret=secret), secret


@pytest.mark.parametrize("template", TEXTS.values(), ids=list(TEXTS))
@pytest.mark.parametrize("kind", KINDS)
def test_secret_is_found_in_text_and_what_is_around_it_stays(kind, template):
    text, secret = spelled(template, kind)
    found = redact_text(text)
    assert secret not in found.value
    assert secret[:12] not in found.value
    before, _, after = text.partition(secret)
    assert found.value in (before + REDACTED + after, _whole_url(text, secret))
    assert found.findings
    assert secret not in repr(found.findings)


def _whole_url(text, secret):
    """A webhook's address loses its path only."""
    host = secret.find("hooks.slack" if "slack" in secret else "discord")
    return text.replace(secret[host:], REDACTED) if host >= 0 else text


@pytest.mark.parametrize("kind", KINDS)
def test_secret_is_found_in_a_line_of_a_diff(kind):
    text, secret = spelled(TEXTS["a Python assignment"], kind)
    diff = DIFF.replace("CODE", text).encode()
    masked = mask_diff(diff)
    assert secret.encode() not in masked.value
    assert [(found.path, found.line) for found in masked.findings] == [("src/train.py", 4)]
    assert masked.value.count(b"\n") == diff.count(b"\n")


DIFF = """diff --git a/src/train.py b/src/train.py
index 1111111111111111111111111111111111111111..2222222222222222222222222222222222222222 100644
--- a/src/train.py
+++ b/src/train.py
@@ -3,2 +3,3 @@ import os
 import sys
+CODE
 lr = 0.1
"""


@pytest.mark.parametrize("kind", KINDS)
def test_secret_is_found_in_tracked_code(kind):
    text, _ = spelled(TEXTS["a Python assignment"], kind)
    found = find_in_bytes(f"import os\n\n{text}\n".encode(), "train.py")
    assert [finding.line for finding in found] == [3]


@pytest.mark.parametrize("kind", KINDS)
def test_secret_is_found_in_params(kind):
    name, secret = KINDS[kind]
    params = {"lr": 0.1, "model": {"layers": [1, 2], "deep": [{name: secret}, (secret, name)]}}
    if kind in NAMED:
        params["model"]["deep"].pop()  # a lone value has no name
    found = redact_value((), params)
    assert secret not in repr(found.value)
    assert found.value["model"]["layers"] == [1, 2]
    assert found.findings[0].path.startswith(f"model.deep.0.{name}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "words",
    [["--{name}", "{secret}"], ["--{name}={secret}"], ["{name}={secret}"], ["+a.{name}={secret}"]],
)
def test_secret_is_found_in_arguments(kind, words):
    name, secret = KINDS[kind]
    given = [word.format(name=name, secret=secret) for word in words]
    found = redact_arguments(["python", "train.py", *given, "--lr", "0.1"])
    assert secret not in " ".join(found.value)
    assert found.value[:2] == ["python", "train.py"]
    assert found.value[-2:] == ["--lr", "0.1"]


@pytest.mark.parametrize("kind", KINDS)
def test_secret_is_found_in_a_query(kind):
    name, secret = KINDS[kind]
    url = f"https://example.org/data.csv?version=3&{name}={secret}&part=2"
    found = redact_url(url).value
    assert secret not in found
    assert found.endswith("&part=2")


@pytest.mark.parametrize("url", URLS.values(), ids=list(URLS))
def test_login_in_a_url_is_found(url):
    for text in (url, f"cloning {url} ...", f'"{url}"', f"source='{url}'", f"--data={url}"):
        found = redact_text(text).value
        assert "hunter2" not in found
        assert "ter2" not in found
        assert REDACTED in found
    assert "hunter2" not in redact_url(url).value


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("--token hunter2 --lr 1", "--token <redacted> --lr 1"),
        ('<add key="password" value="hunter2"/>', '<add key="password" value="<redacted>"/>'),
        ("x=1%26password%3Dhunter2", "x=1%26password%3D<redacted>"),
        ("https://x-access-token:hunter2@h/a", "https://<redacted>@h/a"),
        ("AWS Secret Access Key [None]: hunter2", "AWS Secret Access Key [None]: <redacted>"),
        ("Access token: hunter2", "Access token: <redacted>"),
        ("passphrase: correct hunter2 staple", "passphrase: <redacted>"),
        ("Cookie: session=hunter2; x=hunter2", "Cookie: <redacted>"),
        ("Authorization: Basic hunter2", "Authorization: Basic <redacted>"),
        ("machine h login ada password hunter2", "machine h login ada password <redacted>"),
        ("password='hun\\'ter2'", "password='<redacted>'"),
        ("password=hun'ter,2, lr=1", "password=<redacted>, lr=1"),
        ("{db: {password: hunter2, user: ada}}", "{db: {password: <redacted>, user: ada}}"),
        ("add('--api-key', default='hunter2')", "add('--api-key', default='<redacted>')"),
        ('getenv("PASSWORD", "hunter2")', 'getenv("PASSWORD", "<redacted>")'),
        ("password: 123456", "password: <redacted>"),
    ],
)
def test_value_ends_where_it_does(text, kept):
    assert redact_text(text).value == kept
    assert redact_text(kept).value == kept


def test_any_user_of_a_web_address_is_a_secret_where_a_url_is_given():
    assert redact_url("https://t0k3n@example.org/x").value == "https://<redacted>@example.org/x"
    assert redact_text("https://ada@example.org/x").value == "https://ada@example.org/x"


KEY_KINDS = ("RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "", "PGP ")


def private_key(kind):
    block = " BLOCK" if kind == "PGP " else ""
    head = "Version: GnuPG v2\n\n" if kind == "PGP " else ""
    body = base64_of(400)
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return (
        f"-----BEGIN {kind}PRIVATE"
        + f" KEY{block}-----\n{head}{lines}\n-----END {kind}PRIVATE KEY{block}-----"
    )


@pytest.mark.parametrize("kind", KEY_KINDS)
@pytest.mark.parametrize(
    "template",
    [
        "{key}\ndone\n",
        "loaded:\n    {key}\n",
        'KEY = """{key}"""\n',
        "{escaped}",
        "{json}",
        "{quoted}",
    ],
)
def test_private_key_is_found(kind, template):
    key = private_key(kind)
    text = template.format(
        key=key,
        escaped=key.replace("\n", "\\n"),
        json=json.dumps({"type": "service_account", "private_key": key, "project": "p"}),
        quoted="\n".join(f'    "{line}\\n"' for line in key.splitlines()),
    )
    found = redact_text(text).value
    for line in key.splitlines()[1:-1]:
        if len(line) > 20 and ":" not in line:
            assert line not in found
            assert line[:20] not in found
    assert found.count("\n") == text.count("\n")
    assert "done" in found or "done" not in text
    assert redact_text(found).value == found


def test_lines_of_a_private_key_are_one_finding():
    assert [found.what for found in redact_text(private_key("RSA ")).findings] == ["private key"]


def test_code_that_names_a_private_key_is_no_secret():
    code = 'if "-----BEGIN RSA PRIVATE' + ' KEY-----" in text:\n    return\nAnother = line\n'
    assert redact_text(code).value == code
    assert find_in_bytes(code.encode(), "x.py") == ()


def digest(name):
    return hashlib.new(name, b"data").hexdigest()


WEIGHTS = base64_of(6000)
LOOK_ALIKES = {
    "SHA-1": digest("sha1"),
    "SHA-256": f"sha256:{digest('sha256')}",
    "MD5": f"{digest('md5')}  data.csv",
    "SHA-512": digest("sha512"),
    "commit": f"HEAD is now at {digest('sha1')[:7]} and code_commit = {digest('sha1')}",
    "run id": f"run {uuid.UUID(int=2**100).hex} (lr-schedule)",
    "UUID": f"job_id={uuid.UUID(int=2**99 + 12345)}",
    "Base64 of weights": f"weights = '{WEIGHTS}'",
    "Base64 of weights, in lines": "\n".join(WEIGHTS[at : at + 76] for at in range(0, 6000, 76)),
    "URL-safe Base64": base64.urlsafe_b64encode(random.Random(1).randbytes(6000)).decode(),
    "image": f"data:image/png;base64,{WEIGHTS}",
    "remote": "origin  https://github.com/ada/project.git (fetch)",
    "SSH remote": "git@github.com:ada/project.git and ssh://git@example.org:22/ada/project.git",
    "user of a remote": "https://ada@bitbucket.org/ada/project.git",
    "place in a store": "abfss://container@account.dfs.core.windows.net/data s3://bucket/key=1/x.parquet",
    "port": "http://localhost:8080/users/ada@example.org",
    "address": "mail to ada@example.org",
    "package": "scikit-learn==1.5.2 sk-learn sk-image sk-dist pytest-xdist==3.6.1",
    "model": "hf_model_name=bert-base-uncased hf_hub_download hf_transfer model_key: layer.11",
    "path": f"/home/ada/.cache/huggingface/hub/models--bert-base/snapshots/{digest('sha1')}",
    "token number": "token=50257 pad_token='<|endoftext|>' eos_token=</s> bos_token_id=1",
    "counts": "max_tokens=4096 token_count: 123456 num_keys=1234 tokens/s: 9831.5 n_tokens = 1.2e9",
    "tokenizer": "tokenizer: GPT2TokenizerFast, tokenizer_name='meta-llama-3.1-8B' token_type_ids",
    "attention": "attention_key: 512 key_dim=64 query_key_value=h.0.attn W_key=[0.1, 0.2]",
    "names": "secretary: Ada, monkey=capuchin2, keyboard: qwerty105, passing: 12, compass=n12w3456",
    "version": "v1.2.3-rc.4+build.5678 torch 2.4.1+cu121",
    "rate": "password_reset_rate: 0.25 password_length=12 secret_count=3 passed=1024",
    "Python": "password: str | None = None, token: Optional[str] = os.environ.get('HF_TOKEN')",
    "call": "print('password:', password, token)",
    "template": "password=${DB_PASSWORD} token={{ secrets.TOKEN }} api_key=$KEY secret=%(secret)s",
    "stand-in": "password=*** api_key=<your-key> secret=xxxxxx token='your-token' auth_token=None",
    "progress": "\r 45%|####5     | 450/1000 [00:12<00:15, 36.2it/s, loss=0.432, lr=1e-3]",
    "rule": "-" * 80 + "\n" + "=" * 80 + "\n" + "_" * 80,
    "times": "2026-01-02T10:00:00.123456+00:00 elapsed 00:12:34.567",
    "tensor": "tensor([[ 0.1234, -1.2e-05], [nan, inf]], device='cuda:0', dtype=torch.float32)",
    "shapes": "model.layers.0.self_attn.k_proj.weight torch.Size([4096, 4096])",
    "docker": "docker run -u 1000:1000 --user 1000:1000 image@sha256:" + digest("sha256"),
    "keys of a dict": "dict_keys(['loss', 'accuracy']) KeyError: 'val/accuracy'",
    "cache key": '{"key": "' + digest("md5") + '", "etag": "' + digest("sha1") + '"}',
    "traceback": '  File "/x/a.py", line 12, in authenticate\n    token = self.get_token(request)',
    "public key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA" + made(LETTERS, 40) + " ada@host",
}


@pytest.mark.parametrize("text", LOOK_ALIKES.values(), ids=list(LOOK_ALIKES))
def test_look_alike_is_left_alone(text):
    assert redact_text(text).value == text
    assert redact_bytes(text.encode()).value == text.encode()
    assert redact_value((), {"note": [text], "source": text}).value == {
        "note": [text],
        "source": text,
    }
    words = text.split()
    assert redact_arguments(words).value is words
    assert find_in_bytes(text.encode(), "train.py") == ()
    redactor = StreamRedactor()
    assert redactor.feed(text.encode()) + redactor.close() == text.encode()


CERTIFICATE = "-----BEGIN CERTIFICATE-----\n" + WEIGHTS[:64] + "\n-----END CERTIFICATE-----\n"


def test_certificate_is_left_alone():
    assert redact_text(CERTIFICATE).value == CERTIFICATE


def test_there_are_enough_kinds_and_look_alikes():
    assert len(KINDS) + len(URLS) + len(KEY_KINDS) >= 30
    assert len(LOOK_ALIKES) >= 10
