"""A lab of ostree hosts on one machine: network namespaces, an ostree remote, a bastion, and one supervisor a host."""
