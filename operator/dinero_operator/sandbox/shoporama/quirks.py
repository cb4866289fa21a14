"""What is unknown of the real Shoporama API, as switches: each default is the best evidence there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sort = Literal["id-asc", "id-desc", "modified-asc", "modified-desc"]


@dataclass(slots=True)
class Quirks:
    """How one simulated shop answers where nobody has seen the real thing. May be changed while it runs."""

    ids_as_strings: bool = False
    """Ids as ``"45"``. Recorded product answers have both forms, sometimes in one object."""

    whole_amounts_as_ints: bool = True
    """``264`` rather than ``264.0``, as in recorded product answers."""

    unset_as_empty: bool = False
    """Unset values as ``""`` rather than ``null``. Recorded answers have both."""

    bare_list: bool = False
    """Orders as a bare array. The envelope is recorded for products; categories came as a bare array."""

    ignore_filters: bool = False
    """``last_modified`` has no effect. It is documented for products; for orders it is only likely."""

    sort: Sort = "id-desc"
    """Order of the rows. Undocumented; the newest first is a guess that no client may rely on."""

    paid_as: Literal["flag", "string", "timestamp"] = "flag"
    """``1``, ``"1"``, or the time of payment. The key is documented, its type is not."""

    summaries: bool = False
    """Rows of the list come without their lines. Recorded product lists were complete."""

    no_last_modified: bool = False
    """Orders carry no ``last_modified``. Recorded for products and categories, assumed for orders."""

    time_as: Literal["text", "unix"] = "text"
    """``time`` as local text, or in Unix seconds. The shop's themes print it through a date format either way."""

    with_credit_notes: bool = True
    """Credit notes are found among the orders, as negative ones. The help pages speak of a negative amount."""

    list_of_countries_bare: bool = True
    """Countries as a bare array, as recorded for categories and suppliers; else in the envelope of the orders."""

    country_iso: bool = True
    """Countries carry ``iso``. Nothing is known of their shape; without it only the name is left."""

    country_names: Literal["danish", "english"] = "danish"
    """Language of the countries' names. The platform is Danish; shops can be set up in English."""

    delivery_empty: bool = False
    """Without a delivery address of its own, ``del_*`` is unset. Unknown; by default it repeats ``order_*``."""

    page_cap: int = 100
    """Most rows of one page. A maximum is documented, its size is not; all known clients use 100."""

    filter_inclusive: bool = True
    """An order changed at the very second of the filter is listed. Undocumented for products too."""

    lines_key: Literal["products", "order_products"] = "products"
    """Key of the lines. ``products`` is the documented name for writing; themes know both."""
