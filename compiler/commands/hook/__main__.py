"""`python -m compiler.commands.hook` is `dr-compile-hook`."""

import sys

from compiler.commands.hook.command import main

sys.exit(main())
