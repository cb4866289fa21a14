import pytest

from dinero_operator.domain.patterns import LONGEST_CODE, MAX_LENGTH, compile_pattern


@pytest.mark.parametrize(
    ("expression", "fits", "fits_not"),
    [
        ("^GIFT-", "GIFT-1", "A-GIFT-1"),
        ("^(GIFT|GAVE)-?[0-9]{4}$", "GAVE1234", "GAVE-12345"),
        ("(?i)^gift", "Gift-9", "my gift"),
        (r"^\(G\)+\d+$", "(G)))12", "(G"),
        ("^(?:G|H)(-[0-9]+)?$", "H-12", "H-"),
        (r"^[)*+]+x$", "*+)x", "x"),
        (r"^\\1[[]$", "\\1[", "1"),
        ("^[]a]{2,3}$", "]a]", "]"),
    ],
)
def test_everyday_expressions_work(expression: str, fits: str, fits_not: str) -> None:
    pattern = compile_pattern(expression)
    assert pattern.search(fits)
    assert not pattern.search(fits_not)


@pytest.mark.parametrize("expression", ["(", "[a", "*", "a{2,1}", "(?P<n>", "a{1,99999999999}"])
def test_what_cannot_be_read_is_refused_with_a_remedy(expression: str) -> None:
    with pytest.raises(ValueError, match="such as"):
        compile_pattern(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "^(a+)+$",
        "^(a|a)*$",
        "^(a?){30}$",
        ".*.*.*.*x",
        "a?" * 25,
        "(a|a)" * 25,
        r"^(a+)\1$",
        "(?=a+)b",
        "(?P<n>a)",
        "(?#note)a",
        "^(?:a+){2,}$",
        "a{1,60}" * 4,
    ],
)
def test_what_could_stop_the_program_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="simpler"):
        compile_pattern(expression)


def test_the_worst_that_is_let_through_still_ends() -> None:
    # Three open repetitions and no match at the end; the suite's timeout is the clock.
    assert not compile_pattern(".*.*.*x").search("a" * LONGEST_CODE)


def test_length_is_bounded() -> None:
    with pytest.raises(ValueError, match=str(MAX_LENGTH)):
        compile_pattern("a" * (MAX_LENGTH + 1))


def test_odd_but_lawful_expressions_raise_no_warning() -> None:
    assert compile_pattern("[[]a").search("[a")
