"""Write every page in both languages into a folder, to be looked at in a browser: ``python write_pages.py FOLDER``.

Needs ``PYTHONPATH=operator``.
"""

import sys
from pathlib import Path

from sample_pages import samples

from dinero_operator.connect.language import Language
from dinero_operator.connect.rendering import Pages


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pages = Pages(static_path=".")
    for plain in ("style.css", "icon.svg"):
        name = pages.assets.name(plain)
        found = pages.assets.find(name)
        assert found is not None
        (folder / name).write_bytes(found[1])
    for name, page in samples().items():
        for language in Language:
            html = pages.render(page, language=language, here="/connect/setup")
            (folder / f"{name}.{language}.html").write_text(html)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
