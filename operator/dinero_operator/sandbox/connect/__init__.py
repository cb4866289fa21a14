"""A simulator of Visma Connect, through which people let an application reach their organisations in Dinero."""

from dinero_operator.sandbox.connect.models import SCOPES, App, Authorisation, Rotation, TokenSettings, User
from dinero_operator.sandbox.connect.simulator import ConnectSimulator
from dinero_operator.sandbox.connect.unknowns import Unknowns

__all__ = [
    "SCOPES",
    "App",
    "Authorisation",
    "ConnectSimulator",
    "Rotation",
    "TokenSettings",
    "Unknowns",
    "User",
]
