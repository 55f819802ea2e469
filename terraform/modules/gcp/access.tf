# Without a rule nothing comes in, and everything may go out. A rule with no source would let in everybody: there is none
# where its list is empty.

resource "google_compute_firewall" "ssh_to_bastion" {
  count = var.bastion != null && length(var.ssh_from) > 0 ? 1 : 0

  project       = local.network_project
  name          = "${var.name}-ssh-to-bastion"
  network       = local.network
  source_ranges = var.ssh_from
  target_tags   = [local.bastion_tag]

  allow {
    protocol = "tcp"
    ports    = [tostring(var.bastion.port)]
  }
}

resource "google_compute_firewall" "ssh_from_bastion" {
  count = var.bastion != null ? 1 : 0

  project     = local.network_project
  name        = "${var.name}-ssh-from-bastion"
  network     = local.network
  source_tags = [local.bastion_tag]
  target_tags = [local.host_tag]

  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}

resource "google_compute_firewall" "ssh_to_hosts" {
  count = var.bastion == null && length(var.ssh_from) > 0 ? 1 : 0

  project       = local.network_project
  name          = "${var.name}-ssh-to-hosts"
  network       = local.network
  source_ranges = var.ssh_from
  target_tags   = [local.host_tag]

  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}

resource "google_compute_firewall" "balancer" {
  count = local.balanced ? 1 : 0

  project = local.network_project
  name    = "${var.name}-balancer"
  network = local.network
  # Google's health checkers, which are also what a public balancer comes from; another comes from its proxies
  source_ranges = concat(["35.191.0.0/16", "130.211.0.0/22"], local.private ? [local.proxy_only_cidr] : [])
  target_tags   = [local.host_tag]

  allow {
    protocol = "tcp"
    ports    = [tostring(var.balancer.host_port)]
  }
}
