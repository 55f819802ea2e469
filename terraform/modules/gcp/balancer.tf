# The hosts of a pool in one zone. Changing its members is an update in place.
resource "google_compute_instance_group" "pool" {
  for_each = local.groups

  project     = var.project
  zone        = each.value.zone
  name        = "${var.name}-${each.key}"
  description = "Hosts of ${var.name}'s pool ${each.value.pool} in ${each.value.zone}."
  network     = local.network
  instances   = [for name in each.value.hosts : google_compute_instance.host[name].self_link]

  named_port {
    name = "http"
    port = var.balancer.host_port
  }

  lifecycle {
    # one that is no longer wanted goes only after its backend service has let go of it
    create_before_destroy = true
  }
}

# Public: the global balancer.

resource "google_compute_health_check" "fleet" {
  count = local.public ? 1 : 0

  project            = var.project
  name               = var.name
  check_interval_sec = var.balancer.health_interval
  timeout_sec        = 5 # health_interval is no shorter

  http_health_check {
    port         = var.balancer.host_port
    request_path = var.balancer.health_path
  }
}

resource "google_compute_backend_service" "pool" {
  for_each = local.public ? var.pools : {}

  project               = var.project
  name                  = "${var.name}-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTP"
  port_name             = "http"
  health_checks         = [google_compute_health_check.fleet[0].id]
  security_policy       = var.balancer.security_policy

  # a host that leaves its group ends what it has begun: requests take up to timeout_sec, which is 30
  connection_draining_timeout_sec = 30

  dynamic "backend" {
    for_each = local.pool_zones[each.key]
    content {
      group           = google_compute_instance_group.pool["${each.key}-${backend.value}"].id
      balancing_mode  = "UTILIZATION"
      capacity_scaler = 1
    }
  }
}

resource "google_compute_url_map" "fleet" {
  count = local.public ? 1 : 0

  project     = var.project
  name        = var.name
  description = "Shares traffic out to the pools of ${var.name}; the weights are the swap's."

  default_route_action {
    dynamic "weighted_backend_services" {
      for_each = var.pools
      content {
        backend_service = google_compute_backend_service.pool[weighted_backend_services.key].id
        weight          = weighted_backend_services.value.weight
      }
    }
  }

  lifecycle {
    ignore_changes = [default_route_action]

    # Google Cloud refuses to delete a service that a URL map names, and would do so in the middle of an apply.
    postcondition {
      condition = length(setsubtract(
        [for entry in flatten(self.default_route_action[*].weighted_backend_services) : basename(entry.backend_service) if can(regex("/backendServices/${var.name}-[a-z][a-z0-9]{0,10}$", entry.backend_service))],
        [for service in google_compute_backend_service.pool : service.name]
      )) == 0
      error_message = "The URL map of ${var.name} still names the backend service of a pool that is no longer among pools. Bring the pool back, take its service out of the URL map (retire the pool), and only then remove it here."
    }
  }
}

resource "google_compute_target_http_proxy" "fleet" {
  count = local.public ? 1 : 0

  project = var.project
  name    = var.name
  url_map = google_compute_url_map.fleet[0].id
}

resource "google_compute_global_address" "balancer" {
  count = local.public ? 1 : 0

  project = var.project
  name    = "${var.name}-balancer"
  labels  = local.labels
}

resource "google_compute_global_forwarding_rule" "fleet" {
  count = local.public ? 1 : 0

  project               = var.project
  name                  = var.name
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.balancer[0].address
  ip_protocol           = "TCP"
  port_range            = tostring(var.balancer.port)
  target                = google_compute_target_http_proxy.fleet[0].id
  labels                = local.labels
}

# Not public: a balancer of the region, inside the network.

resource "google_compute_region_health_check" "fleet" {
  count = local.private ? 1 : 0

  project            = var.project
  region             = var.region
  name               = var.name
  check_interval_sec = var.balancer.health_interval
  timeout_sec        = 5 # health_interval is no shorter

  http_health_check {
    port         = var.balancer.host_port
    request_path = var.balancer.health_path
  }
}

resource "google_compute_region_backend_service" "pool" {
  for_each = local.private ? var.pools : {}

  project               = var.project
  region                = var.region
  name                  = "${var.name}-${each.key}"
  load_balancing_scheme = "INTERNAL_MANAGED"
  protocol              = "HTTP"
  port_name             = "http"
  health_checks         = [google_compute_region_health_check.fleet[0].id]
  security_policy       = var.balancer.security_policy

  # a host that leaves its group ends what it has begun: requests take up to timeout_sec, which is 30
  connection_draining_timeout_sec = 30

  dynamic "backend" {
    for_each = local.pool_zones[each.key]
    content {
      group           = google_compute_instance_group.pool["${each.key}-${backend.value}"].id
      balancing_mode  = "UTILIZATION"
      capacity_scaler = 1
    }
  }
}

resource "google_compute_region_url_map" "fleet" {
  count = local.private ? 1 : 0

  project     = var.project
  region      = var.region
  name        = var.name
  description = "Shares traffic out to the pools of ${var.name}; the weights are the swap's."

  default_route_action {
    dynamic "weighted_backend_services" {
      for_each = var.pools
      content {
        backend_service = google_compute_region_backend_service.pool[weighted_backend_services.key].id
        weight          = weighted_backend_services.value.weight
      }
    }
  }

  lifecycle {
    ignore_changes = [default_route_action]

    # Google Cloud refuses to delete a service that a URL map names, and would do so in the middle of an apply.
    postcondition {
      condition = length(setsubtract(
        [for entry in flatten(self.default_route_action[*].weighted_backend_services) : basename(entry.backend_service) if can(regex("/backendServices/${var.name}-[a-z][a-z0-9]{0,10}$", entry.backend_service))],
        [for service in google_compute_region_backend_service.pool : service.name]
      )) == 0
      error_message = "The URL map of ${var.name} still names the backend service of a pool that is no longer among pools. Bring the pool back, take its service out of the URL map (retire the pool), and only then remove it here."
    }
  }
}

resource "google_compute_region_target_http_proxy" "fleet" {
  count = local.private ? 1 : 0

  project = var.project
  region  = var.region
  name    = var.name
  url_map = google_compute_region_url_map.fleet[0].id
}

resource "google_compute_address" "balancer" {
  count = local.private ? 1 : 0

  project      = var.project
  region       = var.region
  name         = "${var.name}-balancer"
  address_type = "INTERNAL"
  subnetwork   = local.subnetwork
  labels       = local.labels
}

resource "google_compute_forwarding_rule" "fleet" {
  count = local.private ? 1 : 0

  project               = var.project
  region                = var.region
  name                  = var.name
  load_balancing_scheme = "INTERNAL_MANAGED"
  network               = local.network
  subnetwork            = local.subnetwork
  ip_address            = google_compute_address.balancer[0].address
  ip_protocol           = "TCP"
  port_range            = tostring(var.balancer.port)
  target                = google_compute_region_target_http_proxy.fleet[0].id
  labels                = local.labels

  # without a proxy-only subnetwork the rule is refused
  depends_on = [google_compute_subnetwork.proxies]
}
