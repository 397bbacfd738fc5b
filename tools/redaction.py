"""Secrets never reach the store: settings that are named after one, and tokens, keys and passwords in any text."""

from __future__ import annotations

import re

from tools.records import Scalar

HIDDEN = "***"
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _bag(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ALWAYS = _bag(
    "passwd pwd passphrase passcode credential credentials apikey apikeys authorization bearer dsn auth "
    "secretkey accesskey authtoken accesstoken apitoken passwords cookie cookies"
)
_KEYS = _bag(
    "api access secret private auth encryption signing ssh wandb hf openai anthropic account storage master "
    "aws azure gcp huggingface neptune comet clearml mlflow license deploy subscription kaggle"
)
"""Words before `key` that make it one to hide; others are keys of mappings or of random numbers."""
_PASSES = _bag("user db database smtp mail email ftp sql mysql pg postgres redis mongo root admin login http proxy ssh")
"""Words before `pass` that make it a password; others are passes over data."""
_FOLDERS = _bag("secret secrets credential credentials")
"""Sections of settings in which every value is one to hide."""
_COUNTED = _bag(
    "pad eos bos unk mask sep cls image img video audio end start stop special max min num per new vocab "
    "decoder encoder first last next prev forced prompt eot eod im think tool class dist reg mem register "
    "query latent context loss time target source src tgt word sub speaker lang language prefix suffix "
    "placeholder"
)
"""Words before `token` that make it one of a text."""
_TEXTS = re.compile(
    r"""
    -----BEGIN[ A-Z]*PRIVATE\ KEY-----(?s:.*?)(?:-----END[ A-Z]*PRIVATE\ KEY-----|$)
  | (?<![A-Za-z0-9])(?:
        hf_[A-Za-z0-9]{20,} | sk-(?:[a-z]+\d*-){0,3}[A-Za-z0-9_]{12,}[\w-]* | [sr]k_(?:live|test)_\w{10,}
      | (?:AKIA|ASIA)[0-9A-Z]{16}
      | gh[pousr]_\w{20,} | github_pat_\w{20,} | glpat-[\w-]{16,} | xox[a-z]-[\w-]{10,} | AIza[\w-]{30,}
      | eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{4,} | npm_[A-Za-z0-9]{30,} | pypi-[\w-]{30,} | ya29\.[\w-]{20,}
      | (?:gsk_|xai-|pplx-|fw_|dop_v1_|whsec_|lin_api_|ntn_|shp[a-z]{2}_)[A-Za-z0-9]{20,} | sntrys_[\w+/=]{20,}
      | lsv2_[a-z]{2}_[0-9a-f]{32}\w* | dapi[0-9a-f]{32}
      | \d{8,10}:AA[\w-]{33}
      | dckr_pat_[\w-]{20,} | nvapi-[\w-]{20,} | r8_\w{30,} | SG\.[\w-]{16,}\.[\w-]{16,} | wandb_v1_\w{20,}
      | hooks\.slack\.com/services/\S+ | discord(?:app)?\.com/api/webhooks/\S+
    )
    """,
    re.VERBOSE,
)
_ADDRESS = re.compile(r"(\b[a-zA-Z][\w+.-]{1,20}://)(?:[^\s/:@'\"]{0,200}:[^\s@/'\"]{1,400}|[^\s/:@'\"]{20,400})@")
_BEARER = re.compile(r"\b((?:[Bb]earer|[Bb]asic|BEARER|BASIC)\s+)[A-Za-z0-9._~+/=-]{12,}")
_QUERY = re.compile(
    r"([?&](?:sig|signature|token|access_token|api_key|apikey|key|secret|password|X-Amz-[A-Za-z-]+)=)[^&\s'\"]+", re.I
)
_LOGIN = re.compile(r"(\bwandb(?:\s+login|: .{0,80}API key.{0,40}:)\s+(?:--relogin\s+)?)[0-9A-Za-z]{32,}")
_HEADER = re.compile(r"(\bauthorization['\"]?\s{0,3}[=:]\s{0,3}['\"]?[a-z]{1,20}\s{1,3})[^\s'\",]{6,}", re.I)
_ON_A_COMMAND = re.compile(
    r"(\b(?:curl|wget)\b[^|;&]{0,300}?\s(?:-u|--user)\s{1,3}['\"]?[^\s:'\"/]{1,80}:(?!//)"
    r"|\b(?:sshpass|docker\s+login|mysql\w*)\b[^|;&]{0,300}?\s-p\s{0,3})[^\s'\"]+"
)
_SPOKEN = re.compile(
    r"(\b(?:password|passphrase|(?:api|secret|access|private)[ _-]?key|(?:api|access|auth|hub|bot)[ _-]?token)"
    r" (?:is|was):?\s{1,3}['\"]?)(?=[^\s'\"]*\d)[^\s'\"]{8,}",
    re.I,
)
_USED = re.compile(
    r"(\b(?:using|with|use|set|got|found|loaded)\s(?:[\w-]{1,20}\s){0,3}?"
    r"(?:token|secret|password|passphrase|(?:api|access|secret|private)[ _-]?key):?\s{1,3}['\"]?)"
    r"(?=[^\s'\"]*[A-Za-z])(?=(?:[^\s\d'\"]*\d){2})[^\s'\",;/.]{8,}(?=[.,;'\"]{0,2}(?:\s|$))",
    re.I,
)
"""Of what is used two digits make a secret: a token is otherwise what a model reads."""
_BESIDE = re.compile(
    r"(\b(?:key|token|secret|password)s?:?\s{1,3}['\"]?)(?=[A-Za-z0-9]*[A-Za-z])(?=(?:[A-Za-z]*\d){4})[A-Za-z0-9]{24,}\b",
    re.I,
)
"""Letters and digits in one long word behind the word for it, as "wandb key 0123456789abcdef"."""
_TAG = re.compile(r"(<\s?(?:[\w.-]{0,40}(?:password|passwd|secret|token|api_?key))\s?>)[^<]{1,400}(?=</)", re.I)
_NAMED = re.compile(
    r"(?<![\w.-])(?P<option>--)?(?P<key>[\w.-]{0,80}(?:key|token|secret|password|passwd|pwd|pass|phrase|code|credential|auth"
    r"|authorization|dsn|string|url|cookie)s?)(?P<sign>['\"]?\s{0,3}[=:]>?\s{0,3}['\"]?|['\"]?,?\s{1,3}['\"]?)(?P<value>[^\s'\",;)}\]]+)",
    re.I,
)
_SUSPICIOUS = re.compile(
    r"key|token|secret|pass|pwd|cookie|curl|wget|mysql|docker|phrase|passcode|credential|auth|bearer|dsn|basic|://|private|hf_|sk-|[sr]k_|akia|asia"
    r"|gh[pousr]_|github_|glpat|xox|aiza|eyj|npm_|pypi-|ya29|dckr|nvapi|r8_|gsk_|xai-|pplx-|fw_|lsv2_|dapi|dop_v1|whsec|sntrys|lin_api|ntn_|shp[a-z]{2}_|\d:aa|sg\.|wandb|hooks|sig=|connection|conn_str",
    re.I,
)


def is_secret(key: str) -> bool:
    """Whether a setting's name is that of something that must not be shown."""
    words = [word.lower() for word in _WORDS.findall(".".join(key.split(".")[-2:]))]
    if not words:
        return False
    if any(part.lower() in _FOLDERS for part in key.split(".")[:-1]):
        return True
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in _ALWAYS or last.endswith(("password", "secret")) or {"password", "secret"} & set(words):
        return True
    if last in ("key", "keys"):
        return before in _KEYS
    if last == "pass":
        return before in _PASSES or key in ("pass", "PASS")
    if last == "token":
        return before not in _COUNTED
    return words[-2:] in (["connection", "string"], ["conn", "str"], ["webhook", "url"])


def hidden(key: str, value: Scalar) -> Scalar:
    """The value of a setting as it may be shown."""
    if value in (None, "") or isinstance(value, bool):
        return value
    if is_secret(key) and (isinstance(value, str) or not key.lower().endswith(("token", "pass"))):
        return value if isinstance(value, str) and _is_special_token(value) else HIDDEN
    return redacted(value) if isinstance(value, str) else value


def _is_special_token(value: str) -> bool:
    """`<|endoftext|>` and `[PAD]` are what tokenizers call tokens; `${TOKEN}` only names the place of one."""
    return bool(re.fullmatch(r"<[^<>]{0,40}>|\[[A-Z_]{0,20}\]|\$\{[^{}]*\}|None|null|True|False|auto|\d{1,7}", value))


def redacted(text: str) -> str:
    """A text with everything that looks like a secret hidden."""
    if not _SUSPICIOUS.search(text):
        return text
    text = _TEXTS.sub(HIDDEN, text)
    text = _ADDRESS.sub(rf"\g<1>{HIDDEN}@", text)
    for way in (_BEARER, _QUERY, _LOGIN, _HEADER, _ON_A_COMMAND, _SPOKEN, _USED, _BESIDE, _TAG):
        text = way.sub(rf"\g<1>{HIDDEN}", text)
    return _NAMED.sub(_without_value, text)


def _without_value(found: re.Match[str]) -> str:
    option, key, sign, value = found["option"] or "", found["key"], found["sign"], found["value"]
    said = "=" in sign or ":" in sign or option
    if not said or not is_secret(key.replace("-", "_")) or not _may_be_secret(key, value):
        return found[0]
    return f"{option}{key}{sign}{HIDDEN}"


def _may_be_secret(key: str, value: str) -> bool:
    """In prose a token is also what a parser did not expect."""
    if key.lower().endswith("token"):
        return len(value) >= 8 and any(sign.isdigit() for sign in value)
    return not _is_special_token(value)
