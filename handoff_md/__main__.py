"""Runs the command as ``python -m handoff_md``."""

from handoff_md.cli.main import script

script()
