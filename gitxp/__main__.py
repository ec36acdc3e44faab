"""`python -m gitxp`, for where `git xp` is not on the PATH."""

from gitxp.cli import script

script()
