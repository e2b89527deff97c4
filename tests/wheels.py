"""The wheel of this checkout, built and installed without downloading anything."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.team import ROOT


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def build(folder: Path) -> Path:
    """The wheel, made in `folder` by the build backend that is installed."""
    pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (found,) = folder.glob("*.whl")
    return found


def environment(folder: Path, wheel: Path) -> Path:
    """The folder of commands of a fresh virtual environment with the wheel in it; libraries are borrowed from ours."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    python = folder / "bin" / "python"
    pip("--python", str(python), "install", "--no-deps", "--no-index", "--no-compile", str(wheel))
    (site,) = folder.glob("lib/python*/site-packages")
    # A line of a .pth file is a further folder to look in, behind its own; .pth files in there, such as that of an
    # editable install of this checkout, are not read.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin"
