"""Runs the command and kills it alone right before its k-th step: git, which runs it, goes on.

Give k, then the command's arguments; `dying` says what a step is.
"""

from __future__ import annotations

import os
import sys

from dying import die_before_step

from handoff_md.cli.main import main

if __name__ == "__main__":
    os.setsid()
    die_before_step(int(sys.argv.pop(1)))
    main()
