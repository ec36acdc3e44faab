"""Files that look like keys or credentials stay out of a snapshot."""

from __future__ import annotations

import pytest

from gitxp.policy.secrets.files import looks_secret_file

PEM = (
    b"-----BEGIN RSA PRIVATE" + b" KEY-----\n" + b"aB1/" * 16 + b"\n-----END RSA PRIVATE KEY-----\n"
)
CERTIFICATE = PEM.replace(b"RSA PRIVATE KEY", b"CERTIFICATE")
TOKEN = b"gh" + b"p_" + b"a1B2" * 9

SECRET = [
    (".env", b"LR=0.1"),
    ("config/.env", b""),
    (".env.local", b"A=1"),
    (".env.production", b"A=1"),
    ("prod.env", b"A=1"),
    (".envrc", b"export A=1"),
    (".env.example", b"HF_TOKEN=" + TOKEN),
    ("id_rsa", b""),
    ("keys/id_ed25519", b"x"),
    ("id_rsa.bak", b"x"),
    ("server.pem", PEM),
    ("server.key", PEM),
    ("notes.txt", b"my key\n" + PEM),
    ("cert.p12", b"\x30\x82"),
    ("cert.PFX", b"\x30\x82"),
    ("app.jks", b"\xfe\xed\xfe\xed"),
    ("release.keystore", b""),
    ("passwords.kdbx", b""),
    ("server.ppk", b"PuTTY-User-Key-File-2"),
    (".netrc", b"machine h login ada"),
    (".git-credentials", b""),
    (".pgpass", b""),
    (".htpasswd", b"ada:$apr1$"),
    (".npmrc", b"//registry.npmjs.org/:_authToken=x"),
    (".pypirc", b"[pypi]\nusername = __token__\npassword = x"),
    (".aws/credentials", b"[default]"),
    (".kube/config", b"apiVersion: v1"),
    ("kubeconfig.yaml", b"kind: Config\nusers:\n- user:\n    token: x"),
    (".docker/config.json", b"{}"),
    (".ssh/deploy", b"x"),
    (".gnupg/secring.gpg", b"x"),
    ("kaggle.json", b"{}"),
    ("credentials.json", b'{"installed": {"client_secret": "x"}}'),
    ("my-project-123.json", b'{\n  "type": "service_account",\n'),
    ("client_secret_123.apps.googleusercontent.com.json", b'{"web": {"client_id": "x"}}'),
    ("secrets.yaml", b"db: hunter2"),
    ("k8s/app-secrets.yml", b"data:\n  a: aHVudGVyMg=="),
    (".streamlit/secrets.toml", b'key = "x"'),
    ("terraform.tfstate", b'{"version": 4}'),
    ("prod.tfvars", b'region = "x"'),
    (".databrickscfg", b"[DEFAULT]"),
    ("config.yaml", b"db:\n  password: hunter2"),
    ("settings.ini", b"[db]\npassword = hunter2"),
    ("run.sh", b"export WANDB_API_KEY=" + b"0a1b" * 10),
    ("train.py", b"token = '" + TOKEN + b"'"),
    ("notes.md", b"postgres" + b"://ada:hunter2@db/x"),
]
HARMLESS = [
    (".env.example", b"HF_TOKEN=\nDB_PASSWORD=<your password>\n"),
    (".env.template", b"API_KEY=your-key-here"),
    ("sample.env.sample", b"A=1"),
    ("id_rsa.pub", b"ssh-rsa AAAAB3NzaC1yc2E ada@host"),
    (".ssh/known_hosts", b"github.com ssh-ed25519 AAAA"),
    ("server.pem", CERTIFICATE),
    ("chain.crt", CERTIFICATE),
    (".npmrc", b"registry=https://registry.npmjs.org/"),
    (".pypirc", b"[distutils]\nindex-servers = pypi"),
    ("config.json", b'{"lr": 0.1, "pad_token_id": 0, "tokenizer": "gpt2"}'),
    ("tokenizer.json", b'{"added_tokens": [{"content": "<s>", "special": true}]}'),
    ("tokenizer_config.json", b'{"bos_token": "<s>", "eos_token": "</s>"}'),
    ("special_tokens_map.json", b'{"pad_token": "[PAD]"}'),
    ("secrets.yaml", b"sops:\n  mac: ENC[x]\ndb: ENC[AES256_GCM,data:x]"),
    ("secrets.yaml", b"# nothing yet\n"),
    ("secrets.example.yaml", b"db: change-me"),
    ("secrets.py", b"import secrets\nprint(secrets.token_hex(16))\n"),
    ("password_model.py", b"class PasswordModel: pass"),
    ("train.py", b"password = ask()\ntoken = os.environ['HF_TOKEN']\n"),
    ("environment.yml", b"name: x\ndependencies:\n  - python=3.11\n"),
    ("env.py", b"import gym"),
    ("config.yaml", b"db:\n  password: ${DB_PASSWORD}\n  max_tokens: 512"),
    ("keys.csv", b"key,value\nabc,1"),
    ("model.pt", b"PK\x03\x04\x00\x00" + bytes(range(256)) * 20),
    ("monkey.keys.npy", b"\x93NUMPY"),
]


@pytest.mark.parametrize(("path", "head"), SECRET, ids=lambda value: str(value)[:40])
def test_file_stays_out(path, head):
    reason = looks_secret_file(path, head)
    assert reason
    assert head.decode("latin-1") not in reason or not head


@pytest.mark.parametrize(("path", "head"), HARMLESS, ids=lambda value: str(value)[:40])
def test_file_may_come_in(path, head):
    assert looks_secret_file(path, head) is None
