"""`python -m overlays`."""

from overlays.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
