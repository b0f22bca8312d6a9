"""`python -m bot` is `kheo`."""

from bot.cli import main

if __name__ == "__main__":
    main()
