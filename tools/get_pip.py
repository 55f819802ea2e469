"""Does for ansible-test what the get-pip.py of its own download host does, with PyPI alone.

ansible-test runs it in a venv that has no pip yet, with `pip==VERSION` and options of get-pip.py as arguments.
"""

from __future__ import annotations

import subprocess
import sys

OPTIONS_OF_GET_PIP = {"--no-setuptools", "--no-wheel"}  # ensurepip and pip know neither, and neither is needed

subprocess.run([sys.executable, "-m", "ensurepip"], check=True)
wanted = [argument for argument in sys.argv[1:] if argument not in OPTIONS_OF_GET_PIP]
subprocess.run([sys.executable, "-m", "pip", "install", *wanted], check=True)
