resource "google_compute_network" "fleet" {
  count = var.network == null ? 1 : 0

  project                 = var.project
  name                    = var.name
  description             = "Network of the fleet ${var.name}."
  auto_create_subnetworks = false
  routing_mode            = "REGIONAL"
}

resource "google_compute_subnetwork" "hosts" {
  count = var.network == null ? 1 : 0

  project                  = var.project
  region                   = var.region
  name                     = "${var.name}-hosts"
  network                  = google_compute_network.fleet[0].id
  ip_cidr_range            = local.hosts_cidr
  private_ip_google_access = true
}

# Where the proxies of a balancer that is not public live; no host does.
resource "google_compute_subnetwork" "proxies" {
  count = var.network == null && local.private ? 1 : 0

  project       = var.project
  region        = var.region
  name          = "${var.name}-proxies"
  network       = google_compute_network.fleet[0].id
  ip_cidr_range = local.proxy_only_cidr
  purpose       = "REGIONAL_MANAGED_PROXY"
  role          = "ACTIVE"
}

resource "google_compute_router" "fleet" {
  count = var.network == null && !var.public_addresses ? 1 : 0

  project = var.project
  region  = var.region
  name    = var.name
  network = google_compute_network.fleet[0].id
}

resource "google_compute_router_nat" "fleet" {
  count = var.network == null && !var.public_addresses ? 1 : 0

  project                            = var.project
  region                             = var.region
  name                               = var.name
  router                             = google_compute_router.fleet[0].name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.hosts[0].id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }
}
