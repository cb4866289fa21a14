"""``dinero-operator run`` in which a silent watch is noticed after seconds in place of minutes."""

from dinero_operator.cli import main
from dinero_operator.kube import health, watch

SILENT_AFTER = 3.0
CHECK_EVERY = 1.0
GRACE = 8.0

if __name__ == "__main__":
    watch.SILENT_AFTER = SILENT_AFTER
    health.CHECK_EVERY, health.GRACE, health.AGAIN_AFTER = CHECK_EVERY, GRACE, 1.0
    main(["run"])
