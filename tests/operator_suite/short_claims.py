"""``dinero-operator run`` in which a dead process's claim on a refresh token ends after two seconds in place of thirty."""

from dinero_operator.cli import main
from dinero_operator.dinero import grants

if __name__ == "__main__":
    grants.CLAIM = 2.0
    main(["run"])
