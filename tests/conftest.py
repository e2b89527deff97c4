"""Settings that every test runs under."""

import os
import tempfile

# What an earlier run found clean must not decide a test.
_CACHE = tempfile.TemporaryDirectory(prefix="dr-compile-tests-")
os.environ["XDG_CACHE_HOME"] = _CACHE.name
