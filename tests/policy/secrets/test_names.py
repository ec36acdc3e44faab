"""Which names promise a secret."""

import pytest

from gitxp.policy.secrets.findings import Allowed
from gitxp.policy.secrets.names import Promise, is_secret_name, promise_of
from gitxp.policy.secrets.text import redact_text
from gitxp.policy.secrets.words import word_set

SECRETS = word_set("""
password PASSWORD Password db_password dbPassword DB_PASSWORD_PROD spark.ssl.keyPassword passwd
userPassword mysql_pwd passphrase api_key apiKey API-KEY apikey x-api-key OPENAI_API_KEY openai_key
OpenAIKey hf_token HF_TOKEN HUGGING_FACE_HUB_TOKEN hub_token access_token accessToken auth_token
_authToken refresh_token bearer_token api_token github_token GITHUB_TOKEN ci_job_token bot_token
session_token aws_session_token AWS_SECRET_ACCESS_KEY aws.secret.key SecretAccessKey secret
client_secret clientsecret secrets secret_key SECRET_KEY_BASE64 private_key signing_key AccountKey
SharedAccessKey encryption_key wandb_api_key WANDB_API_KEY wandb_key credentials creds
authorization Proxy-Authorization basic_auth db_pass smtp_pass api_keys passwords github_pat jwt
cookie seed_phrase password2 token_secret auth_token_value SharedAccessSignature
""")
HARMLESS = word_set("""
token_count max_tokens num_tokens tokens tokenizer tokenizer_name tokenization pad_token eos_token
bos_token_id mask_token special_tokens per_token key_dim num_keys keys key attention_key query_key
public_key primary_key foreign_key rng_key prng_key sort_key keyboard monkey turkey secretary
password_reset_rate password_length secret_name secret_count token_type_ids api_key_id access_key_id
keypoints author authors authority authenticate cookies pass passed passing bypass compass
forward_pass first_pass signal sigma significant path spatial pattern key_file token_file
credentials_file lr batch_size hidden_size 123 _ - . nan
""")
MAYBE = ["token", "auth", "pass", "session_key", "client_key", "vote_token", "license_key"]


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_name_promises_a_secret(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_name_only_looks_alike(name):
    assert promise_of(name) in (Promise.NOTHING, Promise.PERHAPS)
    assert not is_secret_name(name)


@pytest.mark.parametrize("name", sorted(HARMLESS - {"pass"}))
def test_value_under_a_look_alike_stays(name):
    text = f"{name}=a1B2c3D4e5F6g7H8"
    assert redact_text(text).value == text


@pytest.mark.parametrize("name", MAYBE)
def test_value_decides_where_the_name_does_not(name):
    assert promise_of(name) is Promise.PERHAPS
    assert redact_text(f"{name}: word").value == f"{name}: word"
    assert redact_text(f"{name}: a1B2c3D4e5F6").value == f"{name}: <redacted>"


@pytest.mark.parametrize("name", ["sig", "signature", "X-Amz-Signature", "token", "key"])
def test_signature_counts_in_a_url_alone(name):
    assert promise_of(name, is_query=True) > Promise.NOTHING
    assert promise_of(name) in (Promise.NOTHING, Promise.PERHAPS)


def test_allowed_name_is_left_alone():
    text = "session_secret=hunter2 password=hunter2"
    allowed = Allowed.of(["session-secret"])
    assert redact_text(text, allowed).value == "session_secret=hunter2 password=<redacted>"


def test_allowed_kind_is_left_alone():
    token = "gh" + "p_" + "a1B2" * 9
    assert redact_text(f"see {token}", Allowed.of(["github token"])).value == f"see {token}"
