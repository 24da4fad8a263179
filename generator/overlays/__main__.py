"""The entry point of the command `overlays` and of `python -m overlays`."""

import gc
import os
import sys


def main() -> None:
    """Run the command line of this process and exit."""
    # A run lives for a fraction of a second and makes no garbage worth collecting: without the collector the
    # smallest run takes 6 % less time. It has to be off before the imports, which make most objects.
    gc.disable()
    if sys.getfilesystemencoding() != "utf-8":
        # Names of files are bytes, and those of overlays are UTF-8 whatever the locale says: else the name in a
        # SKILL.md and that of its directory differ here, and are equal on the next machine.
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606
    from overlays.cli.app import main as run

    run()


if __name__ == "__main__":
    main()
