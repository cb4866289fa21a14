"""``python -m dinero_operator``."""

from dinero_operator.cli import main

if __name__ == "__main__":
    main(prog_name="dinero-operator")
