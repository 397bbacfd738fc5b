"""Secrets are hidden wherever they stand, and what only sounds like one is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.redaction import hidden, is_secret, redacted
from tools.store import Store

SECRET = [
    "api_key",
    "API_KEY",
    "wandb_api_key",
    "WANDB_API_KEY",
    "hf_token",
    "HF_TOKEN",
    "token",
    "access_token",
    "password",
    "db_password",
    "secret",
    "client_secret",
    "aws_secret_access_key",
    "secret_key",
    "apiKey",
    "APIKey",
    "authToken",
    "credentials",
    "auth",
    "bearer_token",
    "ssh_key",
    "private_key",
    "slack_bot_token",
    "hub_token",
    "hub.token",
    "wandb.key",
    "optim.secretKey",
    "dsn",
    "connection_string",
    "webhook_url",
    "passwd",
    "pwd",
    "userPassword",
    "openai_key",
    "azure_storage_key",
    "refresh_token",
    "github_token",
    "MYSQL_PASSWORD",
    "passphrase",
    "cookie",
    "smtp_pass",
    "PASS",
    "secrets.anything",
    "KAGGLE_KEY",
]
HARMLESS = [
    "max_tokens",
    "tokens",
    "num_secrets",
    "tokenizer",
    "tokenizer_path",
    "pad_token",
    "eos_token",
    "image_token",
    "key",
    "prng_key",
    "key_dim",
    "query_key",
    "num_keys",
    "token_count",
    "tokens_per_batch",
    "secretary",
    "author",
    "auth_dim",
    "keyboard",
    "hidden_size",
    "tokenizer.pad_token",
    "max_new_tokens",
    "label_key",
    "sort_key",
    "monitor_key",
    "passes",
    "bypass",
    "compass_weight",
    "max_tokens_per_batch",
    "num_token",
    "forward_pass",
    "pass_at_1",
]
TEXTS = {
    "HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyz12": "HF_TOKEN=***",
    "using sk-proj-abcdefghijklmnop123 now": "using *** now",
    "key AKIAIOSFODNN7EXAMPLE.": "key ***.",
    "Authorization: Bearer abcdef0123456789xyz": "Authorization: *** ***",
    "git clone https://bob:pw123@host/x.git": "git clone https://***@host/x.git",
    "postgres://u:p@h/db": "postgres://***@h/db",
    "+ python a.py --api-key abc123def --lr 0.1": "+ python a.py --api-key *** --lr 0.1",
    "{'api_key':'abc','lr':0.1}": "{'api_key':'***','lr':0.1}",
    "wandb login 0123456789abcdef0123456789abcdef01234567": "wandb login ***",
    "https://x/y?sig=abc%3D&x=1": "https://x/y?sig=***&x=1",
    "-----BEGIN RSA PRIVATE KEY----- MIIabc": "***",
    "['--token', 'abc12345678']": "['--token', '***']",
    "password: hunter2": "password: ***",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.abcdefgh": "***",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789": "***",
    "-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY----- lr 0.1": "*** lr 0.1",
    "curl -u bob:pw123 http://host": "curl -u bob:*** http://host",
    "mysql -u root -ppw123 db": "mysql -u root -p*** db",
    "docker login -u bob -p pw123": "docker login -u bob -p ***",
    "sshpass -p pw123 ssh host": "sshpass -p *** ssh host",
    "Your API key is abc123def456": "Your API key is ***",
    "using token 8f3a9b7c6d5e4f3a": "using token ***",
    "Using HF token 'abcd12efgh34'.": "Using HF token '***'.",
    "<password>hunter2</password>": "<password>***</password>",
    "secret_key=>'abc123'": "secret_key=>'***'",
    "Authorization: Token abc123def456": "Authorization: *** ***",
    "PASS=hunter2": "PASS=***",
    "gsk_abcdefghijklmnopqrstuvwxyz0123456789abcdefghijkl": "***",
    "xai-abcdefghijklmnopqrstuvwxyz0123456789 and dapi0123456789abcdef0123456789abcdef": "*** and ***",
    "lsv2_pt_0123456789abcdef0123456789abcdef_0123456789": "***",
    "bot 1234567890:AAabcdefghijklmnopqrstuvwxyz0123456": "bot ***",
    "my wandb key 0123456789abcdef0123456789abcdef01234567": "my wandb key ***",
    "posting to https://hooks.slack.com/services/T0/B0/abc": "posting to https://***",
}
PLAIN = [
    "token: 512",
    "Unexpected token: foo",
    "step 10 | loss 2.5 | tok/s 1200",
    "KeyError: 'api_key'",
    "pad_token=<pad> eos_token=</s>",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "http://localhost:8080/a@b",
    "using token classification head, token embeddings of size 2048",
    "with token pruning_ratio_0.25",
    "sk-learn sk-model-large-v2-patch",
    "max_tokens=4096 tokenizer=gpt2",
    "password=''",
    "the password is required",
    "pass=3 passes: 12",
    "mysql -u root -h host",
    "curl -u http://host/a:b",
    "fw_bw_time_per_iteration_in_ms=3 fw_pass 20",
    "Unexpected key encoder_layers_0_self_attn_q_proj_1234",
]


@pytest.mark.parametrize("key", SECRET)
def test_a_setting_named_after_a_secret_is_hidden(key: str) -> None:
    assert is_secret(key)
    assert hidden(key, "x9Pq") == "***"


@pytest.mark.parametrize("key", HARMLESS)
def test_a_setting_that_only_sounds_like_a_secret_is_shown(key: str) -> None:
    assert not is_secret(key)


def test_numbers_and_special_tokens_are_no_secrets() -> None:
    assert (hidden("token", 7), hidden("use_auth", True), hidden("token", "<|endoftext|>")) == (
        7,
        True,
        "<|endoftext|>",
    )
    assert hidden("password", 1234) == "***"
    assert hidden("pass", 3) == 3


@pytest.mark.parametrize("text", TEXTS)
def test_secrets_in_a_text_are_hidden(text: str) -> None:
    assert redacted(text) == TEXTS[text]
    assert redacted(TEXTS[text]) == TEXTS[text]


@pytest.mark.parametrize("text", PLAIN)
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


def test_no_secret_reaches_the_store(tmp_path: Path) -> None:
    secret = "hf_abcdefghijklmnopqrstuvwxyz12"
    log = f"+ python train.py --token {secret} --lr 0.1\nconfig: {{'url': 'https://me:{secret}@hub'}}\n"
    log += "".join(f"step {n} | loss {n}\n" for n in range(6))
    log += f"step x | loss {secret}\nRuntimeError: 401 for token {secret}\n"
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / f"run-{secret}.log").write_text(log)
    (runs / "config.yaml").write_text(f"hub: {{token: abcd1234}}\nnote: {secret}\n")
    with Store(tmp_path / "store") as store:
        (run,) = store.ingest([runs]).runs
        shown = repr((run, store.params(run.run), store.load(run.run).log_lines, store.skipped(run.run)))
        assert run.skipped_lines == 1
        assert run.crash is not None
    assert secret not in shown
    assert "abcd1234" not in shown
    assert store.query("select count(*) from log_lines where text like '%***%'", limit=1).rows[0][0] == 1


def test_no_secret_stands_in_the_name_of_a_metric_or_of_a_setting(tmp_path: Path) -> None:
    secret = "hf_abcdefghijklmnopqrstuvwxyz12"
    (tmp_path / "run").mkdir()
    (tmp_path / "run/metrics.csv").write_text(f"step,loss,acc_{secret}\n0,2,0.1\n1,1,0.2\n2,0.5,0.3\n")
    (tmp_path / "run/config.yaml").write_text(f"lr: 0.1\nhub_{secret}: 1\n")
    with Store(tmp_path / "store") as store:
        (run,) = store.ingest([tmp_path / "run"]).runs
        assert set(store.load(run.run).series) == {"loss", "acc_***"}
        assert set(store.params(run.run)) == {"lr", "hub_***"}
