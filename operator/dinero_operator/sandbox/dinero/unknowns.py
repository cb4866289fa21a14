"""What the API does where its documentation is silent: one switch for each open question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(slots=True)
class Unknowns:
    """Answers to what nobody outside Dinero knows. A client has to work with either answer.

    * ``refuse_negative_lines``: a line with a negative price or quantity is a 400 (default: it is accepted);
    * ``hide_deleted``: GET of a deleted draft is 400/63 (default: it answers with ``DeletedAt``);
    * ``reuse_deleted_guids``: the Guid of a deleted draft or contact may be used again (default: it is taken);
    * ``refuse_future_dates``: booking a voucher dated after today is a 400 (default: it is accepted);
    * ``revoking_ends_tokens``: revoking an API key ends its tokens at once (default), not only at their expiry;
    * ``list_lag``: how long lists and reads of lists miss a new object, where consistency is not strict.
    """

    refuse_negative_lines: bool = False
    hide_deleted: bool = False
    reuse_deleted_guids: bool = False
    refuse_future_dates: bool = False
    revoking_ends_tokens: bool = True
    list_lag: timedelta = timedelta(seconds=2)
