"""``python -m bookproof``."""

from bookproof.cli import main

main()
