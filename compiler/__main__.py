"""`python -m compiler` is `dr-compile`."""

import sys

from compiler.commands.main import main

sys.exit(main())
