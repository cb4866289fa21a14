"""What names may look like, with the words in which a server refuses the others."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(rf"{_LABEL}\Z")
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*\Z")
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\Z")
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+\Z")
LONGEST_LABEL = 63
_LONGEST_NAME = 253

_EDGES = "and must start and end with an alphanumeric character"
_LABEL_RULE = (
    f"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', {_EDGES} "
    f"(e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_SUBDOMAIN_RULE = (
    f"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', {_EDGES} "
    rf"(e.g. 'example.com', regex used for validation is '{_LABEL}(\.{_LABEL})*')"
)
_CHARACTERS = (
    f"must consist of alphanumeric characters, '-', '_' or '.', {_EDGES} (e.g. 'MyName',  or 'my.name',  "
    "or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE_RULE = (
    f"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', {_EDGES} "
    "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_CONFIG_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)


def wrong_label(name: str) -> Iterator[str]:
    """What is wrong with a DNS label, as namespaces have for names."""
    if len(name) > LONGEST_LABEL:
        yield f"must be no more than {LONGEST_LABEL} characters"
    if not _DNS_LABEL.match(name):
        yield _LABEL_RULE


def wrong_subdomain(name: str) -> Iterator[str]:
    """What is wrong with a DNS subdomain, as most objects have for names."""
    if len(name) > _LONGEST_NAME:
        yield f"must be no more than {_LONGEST_NAME} characters"
    if not _SUBDOMAIN.match(name):
        yield _SUBDOMAIN_RULE


def wrong_qualified(key: str) -> Iterator[str]:
    """What is wrong with the name of a label, an annotation or a finalizer."""
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        yield f"a valid label key {_CHARACTERS} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return
    if slash and not prefix:
        yield "prefix part must be non-empty"
    elif slash:
        yield from (f"prefix part {said}" for said in wrong_subdomain(prefix))
    if not name:
        yield "name part must be non-empty"
    elif len(name) > LONGEST_LABEL:
        yield f"name part must be no more than {LONGEST_LABEL} bytes"
    if not _QUALIFIED.match(name):
        yield f"name part {_CHARACTERS}"


def wrong_value(text: str) -> Iterator[str]:
    """What is wrong with a label's value."""
    if len(text) > LONGEST_LABEL:
        yield f"must be no more than {LONGEST_LABEL} bytes"
    if not _LABEL_VALUE.match(text):
        yield _VALUE_RULE


def wrong_config_key(key: str) -> Iterator[str]:
    """What is wrong with a key of a Secret or a ConfigMap."""
    if len(key) > _LONGEST_NAME:
        yield f"must be no more than {_LONGEST_NAME} characters"
    if not _CONFIG_KEY.match(key):
        yield _CONFIG_RULE
    elif key in {".", ".."}:
        yield f"must not be '{key}'"
    elif key.startswith(".."):
        yield "must not start with '..'"
