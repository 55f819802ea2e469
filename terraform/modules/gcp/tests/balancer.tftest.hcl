# The balancer in both makes, and what the contract tells of it.

mock_provider "google" {}

override_resource {
  target = google_compute_backend_service.pool["blue"]
  values = { id = "projects/my-project-1/global/backendServices/demo-blue" }
}

override_resource {
  target = google_compute_backend_service.pool["green"]
  values = { id = "projects/my-project-1/global/backendServices/demo-green" }
}

override_resource {
  target = google_compute_global_address.balancer[0]
  values = { address = "203.0.113.80" }
}

override_resource {
  target = google_compute_address.balancer[0]
  values = { address = "10.77.0.9" }
}

override_resource {
  target = google_compute_address.bastion[0]
  values = { address = "203.0.113.22" }
}

variables {
  name                = "demo"
  project             = "my-project-1"
  region              = "europe-west3"
  zones               = ["europe-west3-a", "europe-west3-b"]
  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1vO2Lk4sM3nq1QmDq7m2yWb8c5r9T0uXzYhGfEdCbA you"]
  pools = {
    blue  = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = 3, weight = 90, labels = { role = "web" } }
    green = { image = "projects/fedora-coreos-cloud/global/images/green-1", size = 1, zones = ["europe-west3-b"] }
  }
}

run "public" {
  variables {
    balancer = { public = true, from = ["0.0.0.0/0"], port = 8000, host_port = 8081, health_path = "/up", health_interval = 7, security_policy = "projects/my-project-1/global/securityPolicies/office" }
  }
  assert {
    condition     = join(" ", [for key, group in google_compute_instance_group.pool : "${key}=${length(group.instances)}"]) == "blue-europe-west3-a=2 blue-europe-west3-b=1 green-europe-west3-b=1"
    error_message = "hosts are grouped by pool and zone"
  }
  assert {
    condition     = alltrue([for group in google_compute_instance_group.pool : group.named_port[0].name == "http" && group.named_port[0].port == 8081])
    error_message = "the groups name the hosts' port"
  }
  assert {
    condition     = alltrue([for service in google_compute_backend_service.pool : service.load_balancing_scheme == "EXTERNAL_MANAGED" && service.port_name == "http" && service.security_policy == "projects/my-project-1/global/securityPolicies/office"]) && [for service in google_compute_backend_service.pool : length(service.backend)] == [2, 1]
    error_message = "a service for each pool, with a backend for each zone"
  }
  assert {
    condition     = alltrue([for service in google_compute_backend_service.pool : service.connection_draining_timeout_sec == 30])
    error_message = "a host that leaves ends what it has begun"
  }
  assert {
    condition     = google_compute_health_check.fleet[0].timeout_sec == 5 && google_compute_health_check.fleet[0].check_interval_sec == 7 && google_compute_health_check.fleet[0].http_health_check[0].port == 8081 && google_compute_health_check.fleet[0].http_health_check[0].request_path == "/up"
    error_message = "health is asked of the hosts' port, and never longer than until the next time"
  }
  assert {
    condition     = google_compute_firewall.balancer[0].source_ranges == toset(["35.191.0.0/16", "130.211.0.0/22"]) && google_compute_firewall.balancer[0].target_tags == toset(["demo-host"])
    error_message = "only Google's own ranges reach the hosts' port"
  }
  assert {
    condition     = google_compute_global_forwarding_rule.fleet[0].port_range == "8000" && length(google_compute_region_url_map.fleet) == 0
    error_message = "clients have their port, and the other balancer is not there"
  }
  assert {
    condition = jsonencode(output.fleet.traffic) == jsonencode([{
      name     = "web"
      adapter  = "gcp_url_map"
      address  = "203.0.113.80"
      port     = 8000
      settings = { project = "my-project-1", scope = "global", url_map = "demo" }
      pools = {
        blue  = { share = 90, settings = { backend_service = "demo-blue" } }
        green = { share = 0, settings = { backend_service = "demo-green" } }
      }
    }])
    error_message = "the contract tells what an adapter needs, and who gets what"
  }
}

# The configuration's weights are for making it; what is there is the swap's.
run "weights_are_left_alone" {
  variables {
    pools = {
      blue  = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = 3, weight = 0 }
      green = { image = "projects/fedora-coreos-cloud/global/images/green-1", size = 1, zones = ["europe-west3-b"], weight = 50 }
      third = { image = "projects/fedora-coreos-cloud/global/images/green-1", size = 0, weight = 50 }
    }
    balancer = { public = true, from = ["0.0.0.0/0"] }
  }
  assert {
    condition     = { for name, pool in output.fleet.traffic[0].pools : name => pool.share } == { blue = 90, green = 0, third = 0 }
    error_message = "shares are the URL map's own, and 0 for a pool that it does not know yet"
  }
}

run "a_pool_that_the_url_map_names_is_not_removed" {
  command = plan
  variables {
    pools    = { green = { image = "projects/fedora-coreos-cloud/global/images/green-1", size = 1, weight = 50 } }
    balancer = { public = true, from = ["0.0.0.0/0"] }
  }
  expect_failures = [google_compute_url_map.fleet]
}

run "not_public" {
  state_key = "not_public"
  variables {
    balancer           = {}
    bastion            = { image = "projects/fedora-coreos-cloud/global/images/jump-1", host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBastion"] }
    jump               = [{ address = "jump.example.org", user = "you" }]
    host_keys          = { demo-blue-1 = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBlue1"] }
    host_key_authority = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAuthority"
    labels             = { team = "web" }
  }
  assert {
    condition     = google_compute_subnetwork.proxies[0].purpose == "REGIONAL_MANAGED_PROXY" && google_compute_subnetwork.proxies[0].ip_cidr_range == "10.77.128.0/23" && contains(google_compute_firewall.balancer[0].source_ranges, "10.77.128.0/23")
    error_message = "its proxies have a subnetwork of their own, and may reach the hosts"
  }
  assert {
    condition     = alltrue([for service in google_compute_region_backend_service.pool : service.load_balancing_scheme == "INTERNAL_MANAGED" && service.connection_draining_timeout_sec == 30 && service.region == "europe-west3"]) && google_compute_address.balancer[0].address_type == "INTERNAL" && length(google_compute_url_map.fleet) == 0
    error_message = "it is inside the region"
  }
  assert {
    condition     = output.fleet.traffic[0].settings == { project = "my-project-1", region = "europe-west3", scope = "regional", url_map = "demo" } && output.balancer_address == "10.77.0.9"
    error_message = "an adapter learns of the region"
  }
  assert {
    condition     = { for name, pool in output.fleet.traffic[0].pools : name => pool.share } == { blue = 90, green = 0 }
    error_message = "shares are read from this URL map just so"
  }
  assert {
    condition = jsonencode(merge(output.fleet.hosts[0], { address = "", id = "" })) == jsonencode({
      name    = "demo-blue-1"
      address = ""
      user    = "core"
      port    = 22
      jump = [
        { address = "jump.example.org", user = "you", port = 22, host_keys = [], host_key_authority = null },
        { address = "203.0.113.22", user = "core", port = 22, host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBastion"], host_key_authority = null },
      ]
      host_keys          = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBlue1"]
      host_key_authority = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAuthority"
      cloud              = "gcp"
      pool               = "blue"
      zone               = "europe-west3-a"
      image              = "projects/fedora-coreos-cloud/global/images/blue-1"
      id                 = ""
      labels             = { team = "web", role = "web" }
    })
    error_message = "a host stands in the contract with its way, its keys and its image"
  }
  assert {
    condition     = [for host in output.fleet.hosts : host.address] == [for host in google_compute_instance.host : host.network_interface[0].network_ip] && [for host in output.fleet.hosts : host.id] == [for host in google_compute_instance.host : host.id]
    error_message = "address and id are the machine's own"
  }
  assert {
    condition     = jsonencode(output.fleet.pools) == jsonencode({ blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = 3, zones = ["europe-west3-a", "europe-west3-b"] }, green = { image = "projects/fedora-coreos-cloud/global/images/green-1", size = 1, zones = ["europe-west3-b"] } })
    error_message = "pools are as they are meant to be"
  }
}

run "small_network" {
  command = plan
  variables {
    network_cidr = "192.0.2.0/24"
    balancer     = {}
  }
  assert {
    condition     = google_compute_subnetwork.hosts[0].ip_cidr_range == "192.0.2.0/25" && google_compute_subnetwork.proxies[0].ip_cidr_range == "192.0.2.128/25"
    error_message = "a small network's second half is the proxies'"
  }
}
