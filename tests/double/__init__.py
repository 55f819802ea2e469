"""A strict double of rpm-ostree, bootc and rpm for hosts of the lab, on their real ostree deployments.

It stands in for tools that a Debian host does not have. What it does to a host is real: commits, deployments, boot
entries, origins, kernel arguments, staging, locks. What it says and takes is made after the documented command lines
and the sources. So a test that passes on it proves our side of those command lines, and not theirs.

The package runs on the hosts themselves, on Python's standard library: see README.md beside this file.
"""
