"""Made-up customers: surnames and streets that do not exist, mail at example.*, and numbers that nobody was given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from random import Random

from dinero_operator.sandbox.shoporama.countries import country_id
from dinero_operator.sandbox.shoporama.orders import Party


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    "Mette Søren Anne Jens Kirsten Lars Hanne Peter Maja Rasmus Ida Frederik Åse Bjørn Signe Mads Freja Oskar "
    "Karla Emil Asta Viggo Ellen Aksel Gudrun Tobias Pernille Jeppe Dorthe Villads"
)
_LAST = _words(
    "Prøvesen Demogaard Eksempelby Ærtebjerg Kringlesen Sandkasse Opdigtsen Fiktivgaard Blåbærgren Tænktholm "
    "Påfundsen Skitsemark Modelsen Øvelund Attrapsen Kladdebæk Udkastrup Mønstersen Skabelonsen Tegnebo"
)
_STREETS = _words(
    "Eksempelvej Prøvestræde Demogade Fiktivvej Opdigtsallé Påfundsvej Skitsestien Øvebakken Ærtehaven"
)
_TOWNS = (
    ("8000", "Aarhus C"),
    ("5000", "Odense C"),
    ("2300", "København S"),
    ("9000", "Aalborg"),
    ("6700", "Esbjerg"),
    ("4000", "Roskilde"),
    ("7100", "Vejle"),
    ("3000", "Helsingør"),
    ("6400", "Sønderborg"),
    ("9990", "Skagen"),
    ("3700", "Rønne"),
    ("2800", "Kgs. Lyngby"),
)
_FIRMS = _words("Kaffebryg Papirskib Cykelværk Blomsterbord Lysstøberi Keramikhus Brætspil Tekøkken")
_DOMAINS = ("example.com", "example.org", "example.net")
_ASCII = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "é": "e"})


@dataclass(frozen=True, slots=True)
class Customer:
    """Who orders. ``email`` is as the customer writes it."""

    party: Party
    email: str | None
    phone: str = ""
    vat_number: str = ""
    ean_number: str = ""
    delivery: Party | None = None


class People:
    """Draws new customers, each with an e-mail of its own; the same random source gives the same people."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._seen: Counter[str] = Counter()

    def consumer(self, country: str = "DK", town: tuple[str, str] | None = None) -> Customer:
        """Somebody who buys for themselves."""
        name = f"{self._random.choice(_FIRST)} {self._random.choice(_LAST)}"
        return Customer(self._party(name, country, town), self._email(name), self._phone())

    def company(self) -> Customer:
        """A Danish company with a CVR number."""
        person = self.consumer()
        firm = f"{self._random.choice(_LAST)} {self._random.choice(_FIRMS)} ApS"
        return Customer(
            replace(person.party, company=firm),
            person.email,
            person.phone,
            vat_number=cvr_number(self._random),
        )

    def institution(self) -> Customer:
        """A public institution, which wants its invoice by EAN number."""
        person = self.consumer()
        town = person.party.city.split(" ")[0]
        return Customer(
            replace(person.party, company=f"Prøveskolen i {town}"),
            person.email,
            person.phone,
            vat_number=cvr_number(self._random),
            ean_number=ean_number(self._random),
        )

    def foreign_company(self) -> Customer:
        """A German company with a VAT number whose check digit is right."""
        person = self.consumer("DE", ("10115", "Berlin"))
        party = replace(person.party, company="Musterhandel Beispiel GmbH", address="Beispielstraße 7")
        return Customer(party, person.email, person.phone, vat_number="DE999999903")

    def named(self, name: str, email: str | None, company: str = "") -> Customer:
        """A consumer with exactly this name and e-mail."""
        return Customer(replace(self._party(name, "DK", None), company=company), email, self._phone())

    def with_gift(self) -> Customer:
        """A consumer who has the parcel sent to somebody else."""
        person, friend = self.consumer(), self.consumer()
        return Customer(person.party, person.email, person.phone, delivery=friend.party)

    def _party(self, name: str, country: str, town: tuple[str, str] | None) -> Party:
        zipcode, city = town or self._random.choice(_TOWNS)
        address = f"{self._random.choice(_STREETS)} {self._random.randint(1, 199)}"
        return Party(name=name, address=address, zipcode=zipcode, city=city, country_id=country_id(country))

    def _email(self, name: str) -> str:
        local = name.lower().translate(_ASCII).replace(" ", ".")
        self._seen[local] += 1
        suffix = "" if self._seen[local] == 1 else str(self._seen[local])
        return f"{local}{suffix}@{self._random.choice(_DOMAINS)}"

    def _phone(self) -> str:
        """Eight digits; Danish subscribers' numbers do not begin with 12."""
        return f"12{self._random.randrange(10**6):06}"


def other_case(email: str, random: Random) -> str:
    """The same address in other capitals, as people type it on a telephone. Never equal to the lower-case form."""
    return random.choice((email.upper(), email.capitalize(), email.title()))


def cvr_number(random: Random) -> str:
    """A CVR number with a right check digit (modulo 11), from a range that is far from being given out."""
    while True:
        digits = f"9{random.randrange(10**6):06}"
        rest = (
            sum(int(digit) * weight for digit, weight in zip(digits, (2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
        )
        if rest != 1:
            return f"{digits}{(11 - rest) % 11}"


def ean_number(random: Random) -> str:
    """An EAN location number: 13 digits with a right check digit."""
    digits = f"5799999{random.randrange(10**5):05}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
