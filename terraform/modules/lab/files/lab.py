#!/usr/bin/env python
"""The lab's program: everything Terraform's provisioners and the tests ask of the lab goes through here."""

from __future__ import annotations

import sys

from labkit.cli import main

sys.exit(main(sys.argv[1:]))
