"""Options that several commands have, each spelled and meant alike."""

from __future__ import annotations

from typing import Final

import click

quiet: Final = click.option("-q", "--quiet", is_flag=True, help="Say nothing but what went wrong.")
dry_run: Final = click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done.")
yes: Final = click.option("--yes", is_flag=True, help="Do not ask.")
