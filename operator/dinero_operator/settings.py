"""The program's settings: environment variables that begin with ``DINERO_OPERATOR_``, read once at the start."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from dinero_operator.domain.urls import is_protected, is_web_address

__all__ = ["Settings", "SettingsError", "check_url", "load_settings"]

PREFIX = "DINERO_OPERATOR_"

_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_OBJECT = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_NOT_IN_A_URL = re.compile(r"[\s\x00-\x1f\x7f\\?#]")
_VERSION_AT_THE_END = re.compile(r"/v\d+(\.\d+)?$")


class SettingsError(Exception):
    """A setting is wrong. ``str()`` is one line that names the variable and the remedy, and never holds the value."""


class Settings(BaseSettings):
    """What the environment says. Made by ``load_settings``; URLs have no slash at the end."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    allow_insecure_urls: bool = False
    """Permit plain http beyond loopback, for tests inside a cluster."""
    dinero_api_url: str = "https://api.dinero.dk"
    """Without a version."""
    dinero_token_url: str = "https://authz.dinero.dk/dineroapi/oauth/token"  # noqa: S105 - an address
    """Whole address of the API-key grant."""
    connect_authorize_url: str = "https://connect.visma.com/connect/authorize"
    connect_token_url: str = "https://connect.visma.com/connect/token"  # noqa: S105 - an address
    connect_client_id: str = ""
    connect_client_secret: SecretStr | None = None
    """Read from ``CONNECT_CLIENT_SECRET_FILE`` where that is given."""
    connect_client_secret_file: Path | None = None
    public_url: str = ""
    """Where browsers and webhooks reach the operator; empty: they do not."""
    requests_per_minute: int = Field(default=60, ge=1, le=10_000)
    """For each Dinero organisation."""
    namespaces: Annotated[tuple[str, ...], NoDecode] = ()
    """Empty: all."""
    http_port: int = Field(default=8080, ge=1, le=65535)
    shard_count: int = Field(default=1, ge=1, le=1000)
    shard_index: int = Field(default=0, ge=0, le=999)
    lease_name: str = ""
    """Of the Lease that decides which process leads; empty: no election."""
    lease_namespace: str = ""
    """Empty: the service account's, outside of a pod ``default``."""
    log_format: Literal["json", "text"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def connect_enabled(self) -> bool:
        """Whether owners can connect in the browser: the app is registered and browsers can reach us."""
        return bool(self.connect_client_id and self.connect_client_secret and self.public_url)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load_settings`` hands in: no file that happens to lie about, and no second environment."""
        return (init_settings,)

    @field_validator("*", mode="before")
    @classmethod
    def _strip(cls, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else value

    @field_validator("log_format", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("namespaces", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
        if not all(_NAMESPACE.fullmatch(name) for name in names):
            raise ValueError("must be names of namespaces, with commas between them")
        return names

    @field_validator("lease_name")
    @classmethod
    def _object_name(cls, value: str) -> str:
        if value and not _OBJECT.fullmatch(value):
            raise ValueError("must be the name of a Lease: small letters, digits, hyphens and dots")
        return value

    @field_validator("lease_namespace")
    @classmethod
    def _namespace_name(cls, value: str) -> str:
        if value and not _NAMESPACE.fullmatch(value):
            raise ValueError("must be the name of a namespace")
        return value

    @field_validator(
        "dinero_api_url",
        "dinero_token_url",
        "connect_authorize_url",
        "connect_token_url",
        "public_url",
        mode="after",
    )
    @classmethod
    def _checked(cls, value: str, info: Any) -> str:
        if not value:
            return value
        url = check_url(value, allow_insecure=info.data.get("allow_insecure_urls", False))
        if info.field_name == "dinero_api_url" and _VERSION_AT_THE_END.search(url):
            raise ValueError("must not end in a version (the operator adds the one that each call needs)")
        return url

    @model_validator(mode="before")
    @classmethod
    def _secret_from_file(cls, values: Any) -> Any:
        path = values.get("connect_client_secret_file") if isinstance(values, dict) else None
        if not path:
            return values
        if values.get("connect_client_secret"):
            raise _wrong(
                "connect_client_secret", f"must not be given together with {PREFIX}CONNECT_CLIENT_SECRET_FILE"
            )
        try:
            secret = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            raise _wrong("connect_client_secret_file", "must be the path of a readable text file") from None
        if not secret:
            raise _wrong("connect_client_secret_file", "must be the path of a file that is not empty")
        return values | {"connect_client_secret": secret}

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if self.shard_index >= self.shard_count:
            raise _wrong("shard_index", f"must be less than {PREFIX}SHARD_COUNT, counting from 0")
        if self.connect_client_id and not self.connect_client_secret:
            raise _wrong("connect_client_secret", f"must be given when {PREFIX}CONNECT_CLIENT_ID is")
        if self.connect_client_secret and not self.connect_client_id:
            raise _wrong("connect_client_id", f"must be given when {PREFIX}CONNECT_CLIENT_SECRET is")
        return self


def check_url(url: str, *, allow_insecure: bool = False) -> str:
    """Normalise an address: lower-case scheme and host, ASCII host, no slash at the end.

    Raises ``ValueError`` with the remedy (to be read after the name of the field) for everything that is no absolute
    http(s) URL, that carries credentials, a query or a fragment, and for plain http to anything but loopback, unless
    ``allow_insecure``. The message never repeats the URL.
    """
    url = url.strip()
    if _NOT_IN_A_URL.search(url) or not is_web_address(url):
        raise ValueError(
            "must be a URL such as https://example.com/path, without spaces, user name, password, query (?) and fragment (#)"
        )
    if not allow_insecure and not is_protected(url):
        raise ValueError(
            "must begin with https:// (plain http is for loopback only, or for everything with "
            f"{PREFIX}ALLOW_INSECURE_URLS=true)"
        )
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("must be a URL with a usable host name") from None
    return urlunsplit(
        (parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path.rstrip("/"), "", "")
    )


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from this environment (default: the process's own). An empty value counts as not given.

    Unknown variables with the prefix are ignored: Kubernetes sets some of its own for a Service of the operator's
    name. Raises ``SettingsError``.
    """
    source = EnvSettingsSource(Settings)
    given = os.environ if environ is None else environ
    source.env_vars = {name.lower(): value for name, value in given.items() if value.strip()}
    try:
        return Settings.model_validate(source())
    except ValidationError as error:
        raise SettingsError(_sentence(error.errors(include_url=False)[0], given)) from None


def _wrong(field: str, remedy: str) -> PydanticCustomError:
    """An error of the whole that belongs to one field."""
    return PydanticCustomError("setting", "{remedy}", {"field": field, "remedy": remedy})


def _sentence(error: ErrorDetails, given: Mapping[str, str]) -> str:
    context = error.get("ctx", {})
    field = str(context.get("field") or error["loc"][0])
    variable = PREFIX + field.upper()
    if str(given.get(variable, "")).startswith("tcp://"):
        # An old custom of Kubernetes: variables for each Service, here of one named dinero-operator-http, say.
        return f"{variable}: is set by Kubernetes for a Service; set enableServiceLinks: false on the pod"
    return f"{variable}: {_remedy(field, error)}"


def _remedy(field: str, error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] in {"value_error", "setting"}:
        return str(context.get("error") or context.get("remedy"))
    if error["type"] == "literal_error":
        return f"must be one of {context['expected']}".replace("'", "")
    if error["type"].startswith("bool"):
        return "must be true or false"
    limits = {type(limit).__name__: limit for limit in Settings.model_fields[field].metadata}
    if {"Ge", "Le"} <= limits.keys():
        return f"must be a whole number from {limits['Ge'].ge} to {limits['Le'].le}"
    return "has a value that cannot be used"
