"""``python -m cdss`` and the command ``cdss``: starts the command line, and says plainly when Python does not fit."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line; exit 2 with one sentence on a Python that the production engine cannot run on."""
    if sys.version_info >= (3, 13):
        sys.stderr.write("cdss needs Python 3.11 or 3.12: the rule engine it runs on does not load on newer ones\n")
        raise SystemExit(2)
    # A command lives for a second at most: collecting garbage while modules and rules load only costs time.
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # spares a search through every installed package
    from cdss.cli import app

    app()


if __name__ == "__main__":
    main()
