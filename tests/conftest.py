"""Settings that every test runs under."""

import gc
import os
import tempfile

# What an earlier run found clean must not decide a test.
_CACHE = tempfile.TemporaryDirectory(prefix="dr-compile-tests-")
os.environ["XDG_CACHE_HOME"] = _CACHE.name

# As every command does; the heap of a test run is large, and looking through it again and again takes a tenth of it.
gc.set_threshold(200_000, 50, 50)
