"""Settings come from the environment alone, and a wrong one is named in one line."""

from pathlib import Path

import pytest

from dinero_operator.settings import Settings, SettingsError, check_url, load_settings

HTTPS = "must begin with https:// (plain http is for loopback only, or for everything with DINERO_OPERATOR_ALLOW_INSECURE_URLS=true)"
A_URL = "must be a URL such as https://example.com/path, without spaces, user name, password, query (?) and fragment (#)"


def load(**values: str) -> Settings:
    return load_settings({f"DINERO_OPERATOR_{name}": value for name, value in values.items()})


def test_the_defaults() -> None:
    settings = load_settings({})
    assert settings.dinero_api_url == "https://api.dinero.dk"
    assert settings.dinero_token_url == "https://authz.dinero.dk/dineroapi/oauth/token"
    assert settings.connect_authorize_url == "https://connect.visma.com/connect/authorize"
    assert settings.connect_token_url == "https://connect.visma.com/connect/token"
    assert settings.connect_client_id == ""
    assert settings.connect_client_secret is None
    assert settings.public_url == ""
    assert settings.requests_per_minute == 60
    assert settings.namespaces == ()
    assert settings.http_port == 8080
    assert (settings.shard_count, settings.shard_index) == (1, 0)
    assert (settings.lease_name, settings.lease_namespace) == ("", "")
    assert (settings.log_format, settings.log_level) == ("json", "INFO")
    assert settings.allow_insecure_urls is False
    assert settings.connect_enabled is False


def test_everything_can_be_set(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    settings = load(
        DINERO_API_URL="http://127.0.0.1:8001/",
        DINERO_TOKEN_URL="http://localhost:8001/oauth/token/",
        CONNECT_AUTHORIZE_URL="http://[::1]:8001/authorize",
        CONNECT_TOKEN_URL="https://Connect.Example.com/token",
        CONNECT_CLIENT_ID=" isv_x ",
        CONNECT_CLIENT_SECRET_FILE=str(secret),
        PUBLIC_URL="https://books.example.com/",
        REQUESTS_PER_MINUTE="30",
        NAMESPACES="team-a, team-b,,team-a",
        HTTP_PORT="9090",
        SHARD_COUNT="3",
        SHARD_INDEX="2",
        LEASE_NAME="dinero-operator.shoporama",
        LEASE_NAMESPACE="dinero-system",
        LOG_FORMAT="Text",
        LOG_LEVEL="debug",
        ALLOW_INSECURE_URLS="false",
    )
    assert settings.dinero_api_url == "http://127.0.0.1:8001"
    assert settings.dinero_token_url == "http://localhost:8001/oauth/token"
    assert settings.connect_authorize_url == "http://[::1]:8001/authorize"
    assert settings.connect_token_url == "https://connect.example.com/token"
    assert settings.connect_client_id == "isv_x"
    assert (settings.lease_name, settings.lease_namespace) == ("dinero-operator.shoporama", "dinero-system")
    assert settings.connect_client_secret is not None
    assert settings.connect_client_secret.get_secret_value() == "hush"
    assert settings.public_url == "https://books.example.com"
    assert settings.requests_per_minute == 30
    assert settings.namespaces == ("team-a", "team-b")
    assert settings.http_port == 9090
    assert (settings.shard_count, settings.shard_index) == (3, 2)
    assert (settings.log_format, settings.log_level) == ("text", "DEBUG")
    assert settings.connect_enabled is True
    assert "hush" not in repr(settings)


def test_the_environment_of_the_process_counts_only_where_none_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DINERO_OPERATOR_HTTP_PORT", "9999")
    assert load_settings({}).http_port == 8080
    assert load_settings().http_port == 9999


def test_an_empty_value_is_no_value() -> None:
    settings = load(HTTP_PORT="", PUBLIC_URL=" ", NAMESPACES="", LOG_LEVEL="")
    assert settings == load_settings({})


def test_what_kubernetes_sets_for_a_service_of_our_name_is_ignored() -> None:
    load(SERVICE_HOST="10.0.0.1", PORT="tcp://10.0.0.1:8080", PORT_8080_TCP="tcp://10.0.0.1:8080")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"HTTP_PORT": "0"}, "HTTP_PORT: must be a whole number from 1 to 65535"),
        ({"HTTP_PORT": "65536"}, "HTTP_PORT: must be a whole number from 1 to 65535"),
        ({"HTTP_PORT": "http"}, "HTTP_PORT: must be a whole number from 1 to 65535"),
        ({"HTTP_PORT": "80.5"}, "HTTP_PORT: must be a whole number from 1 to 65535"),
        (
            {"HTTP_PORT": "tcp://10.0.0.1:80"},
            "HTTP_PORT: is set by Kubernetes for a Service; set enableServiceLinks: false on the pod",
        ),
        ({"REQUESTS_PER_MINUTE": "0"}, "REQUESTS_PER_MINUTE: must be a whole number from 1 to 10000"),
        ({"SHARD_COUNT": "0"}, "SHARD_COUNT: must be a whole number from 1 to 1000"),
        ({"SHARD_INDEX": "-1"}, "SHARD_INDEX: must be a whole number from 0 to 999"),
        ({"SHARD_INDEX": "1"}, "SHARD_INDEX: must be less than DINERO_OPERATOR_SHARD_COUNT, counting from 0"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT: must be one of json or text"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL: must be one of DEBUG, INFO, WARNING or ERROR"),
        ({"ALLOW_INSECURE_URLS": "maybe"}, "ALLOW_INSECURE_URLS: must be true or false"),
        ({"NAMESPACES": "team a"}, "NAMESPACES: must be names of namespaces, with commas between them"),
        ({"NAMESPACES": "a,*"}, "NAMESPACES: must be names of namespaces, with commas between them"),
        *(
            (
                {"LEASE_NAME": name},
                "LEASE_NAME: must be the name of a Lease: small letters, digits, hyphens and dots",
            )
            for name in ("Leader", "a/b", "-a", "a..b", "a" * 254)
        ),
        ({"LEASE_NAMESPACE": "a.b"}, "LEASE_NAMESPACE: must be the name of a namespace"),
        ({"DINERO_API_URL": "http://api.example.com"}, f"DINERO_API_URL: {HTTPS}"),
        ({"DINERO_TOKEN_URL": "http://u:hush@localhost"}, f"DINERO_TOKEN_URL: {A_URL}"),
        ({"PUBLIC_URL": "books.example.com"}, f"PUBLIC_URL: {A_URL}"),
        (
            {"DINERO_API_URL": "https://api.dinero.dk/v1.2/"},
            "DINERO_API_URL: must not end in a version (the operator adds the one that each call needs)",
        ),
        (
            {"CONNECT_CLIENT_ID": "isv_x"},
            "CONNECT_CLIENT_SECRET: must be given when DINERO_OPERATOR_CONNECT_CLIENT_ID is",
        ),
        (
            {"CONNECT_CLIENT_SECRET": "hush"},
            "CONNECT_CLIENT_ID: must be given when DINERO_OPERATOR_CONNECT_CLIENT_SECRET is",
        ),
        (
            {
                "CONNECT_CLIENT_SECRET": "hush",
                "CONNECT_CLIENT_SECRET_FILE": "/hush",
                "CONNECT_CLIENT_ID": "x",
            },
            "CONNECT_CLIENT_SECRET: must not be given together with DINERO_OPERATOR_CONNECT_CLIENT_SECRET_FILE",
        ),
        (
            {"CONNECT_CLIENT_SECRET_FILE": "/no/such/hush", "CONNECT_CLIENT_ID": "x"},
            "CONNECT_CLIENT_SECRET_FILE: must be the path of a readable text file",
        ),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(values: dict[str, str], line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(**values)
    assert str(caught.value) == f"DINERO_OPERATOR_{line}"
    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__  # a traceback would show pydantic's own words, and the value


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_secret_file_without_a_secret(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(
        SettingsError, match=r"^DINERO_OPERATOR_CONNECT_CLIENT_SECRET_FILE: must be the path of a"
    ):
        load(CONNECT_CLIENT_ID="x", CONNECT_CLIENT_SECRET_FILE=str(path))


def test_insecure_urls_can_be_permitted() -> None:
    settings = load(ALLOW_INSECURE_URLS="true", DINERO_API_URL="http://dinero.test.svc:8080/")
    assert settings.dinero_api_url == "http://dinero.test.svc:8080"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://www.shoporama.dk/REST", "https://www.shoporama.dk/REST"),
        (" HTTPS://WWW.Shoporama.dk/REST// ", "https://www.shoporama.dk/REST"),
        ("https://example.com:443", "https://example.com:443"),
        ("https://smørrebrød.example.com/", "https://xn--smrrebrd-64af.example.com"),
        ("http://LOCALHOST:80/x", "http://localhost:80/x"),
        ("http://127.200.3.4", "http://127.200.3.4"),
        ("http://[::1]", "http://[::1]"),
    ],
)
def test_urls_are_normalised(url: str, normal: str) -> None:
    assert check_url(url) == normal
    assert check_url(normal) == normal


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::2]",
        "http://127.1",
    ],
)
def test_plain_http_is_for_loopback_unless_permitted(url: str) -> None:
    with pytest.raises(ValueError, match="must begin with https://"):
        check_url(url)
    assert check_url(url, allow_insecure=True) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "https://",
        "https:///path",
        "https://example.com:0",
        "https://example.com:99999",
        "https://example.com:x",
        "https://[::1",
        "https://user@example.com",
        "https://user:hush@example.com",
        "http://localhost@example.com",
        "http://localhost\\@example.com",
        "https://example.com/a b",
        "https://example.com/\nx",
        "https://example.com?token=hush",
        "https://example.com/?",
        "https://example.com/#x",
        "https://" + "ø" * 80 + ".example.com",
    ],
)
@pytest.mark.parametrize("allow_insecure", [True, False])
def test_what_is_no_usable_url_is_refused_with_the_remedy(url: str, allow_insecure: bool) -> None:
    with pytest.raises(ValueError, match=r"^must be a URL") as caught:
        check_url(url, allow_insecure=allow_insecure)
    assert "hush" not in str(caught.value)
