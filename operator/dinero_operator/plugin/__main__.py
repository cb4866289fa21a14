"""``python -m dinero_operator.plugin``."""

from dinero_operator.plugin.command import run

if __name__ == "__main__":
    run()
