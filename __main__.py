"""``python -m iceco`` is the command ``iceco``."""

from .cli.app import main

if __name__ == "__main__":
    main()
