"""What Visma Connect does where its documentation is silent: one switch for each open question."""

from __future__ import annotations

from dataclasses import dataclass

UNAUTHORIZED = 401


@dataclass(slots=True)
class Unknowns:
    """Answers to what nobody outside Visma knows. A client has to work with either answer.

    * ``double_exchange_kills``: a spent one-time token that comes again ends the whole authorisation (default);
    * ``dead_consent_ends_tokens``: access tokens end with their authorisation (default: they live to their expiry);
    * ``new_consent_ends_old``: a user's next consent ends the earlier one for the same application (default: both live);
    * ``one_time_life_slides``: each exchange of a one-time token starts its life anew (default: it counts from consent);
    * ``reuse_answers_without_token``: with tokens for re-use, a refresh returns no ``refresh_token`` (default: the same);
    * ``sends_id_token``: the answer at the redirect URI carries an ``id_token`` too, asked for or not;
    * ``wrong_client_status``: HTTP status for a wrong client secret in the form: 400 or 401, as the standard leaves open.
    """

    double_exchange_kills: bool = True
    dead_consent_ends_tokens: bool = False
    new_consent_ends_old: bool = False
    one_time_life_slides: bool = False
    reuse_answers_without_token: bool = False
    sends_id_token: bool = False
    wrong_client_status: int = UNAUTHORIZED
