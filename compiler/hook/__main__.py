"""`python -m compiler.hook` is `dr-compile-hook`."""

import sys

from compiler.hook.command import main

sys.exit(main())
