import pytest

from dinero_operator.domain.urls import is_protected, is_web_address


@pytest.mark.parametrize(
    ("url", "protected"),
    [
        ("https://shop.example.com/REST", True),
        ("https://shop.example.com:8443/REST/", True),
        ("http://localhost:8080/REST", True),
        ("http://127.0.0.1:8080", True),
        ("http://127.8.9.10", True),
        ("http://[::1]:8080/", True),
        ("http://shop.example.com/REST", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://10.0.0.1", False),
    ],
)
def test_https_or_loopback_is_protected(url: str, protected: bool) -> None:
    assert is_web_address(url)
    assert is_protected(url) is protected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example.com",
        "ftp://example.com",
        "https://",
        "https://[::1",
        "https://a.example.com:port",
        "https://:80",
    ],
)
def test_what_is_no_address_is_neither(url: str) -> None:
    assert not is_web_address(url)
    assert not is_protected(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pw@example.com",
        "https://example.com?a=b",
        "https://example.com/#top",
        "http://localhost@example.com",
    ],
)
def test_users_queries_and_fragments_are_not_for_a_base_address(url: str) -> None:
    assert not is_web_address(url)
