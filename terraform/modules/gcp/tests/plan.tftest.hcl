# What a plan says, and what an apply would write into the contract.

mock_provider "google" {
  mock_resource "google_compute_instance" {
    defaults = { self_link = "https://www.googleapis.com/compute/v1/projects/my-project-1/zones/europe-west3-a/instances/some" }
  }
}

variables {
  name                = "demo"
  project             = "my-project-1"
  region              = "europe-west3"
  zones               = ["europe-west3-a", "europe-west3-b"]
  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1vO2Lk4sM3nq1QmDq7m2yWb8c5r9T0uXzYhGfEdCbA you"]
  pools = {
    blue  = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = 3, weight = 100, labels = { role = "web", tier = "front" } }
    green = { image = "projects/fedora-coreos-cloud/global/images/green-1", size = 2, zones = ["europe-west3-b"], machine_type = "n2-standard-2", disk_size = 40 }
  }
}

run "hosts" {
  command = plan
  variables {
    labels = { team = "web", tier = "all", atomic-fleet = "another" }
  }
  assert {
    condition     = join(" ", keys(google_compute_instance.host)) == "demo-blue-1 demo-blue-2 demo-blue-3 demo-green-1 demo-green-2"
    error_message = "hosts are called NAME-POOL-NUMBER"
  }
  assert {
    condition     = join(" ", [for host in google_compute_instance.host : trimprefix(host.zone, "europe-west3-")]) == "a b a b b"
    error_message = "hosts are dealt over the zones of their pool in turn"
  }
  assert {
    condition     = alltrue([for name, host in google_compute_instance.host : can(regex("^${name}-[0-9a-f]{6}$", host.name))]) && length(distinct([for host in google_compute_instance.host : host.name])) == 5
    error_message = "a machine's name is the host's with six characters of a hash"
  }
  assert {
    condition     = [for name in ["demo-blue-1", "demo-green-1"] : "${google_compute_instance.host[name].machine_type} ${google_compute_instance.host[name].boot_disk[0].initialize_params[0].size} ${google_compute_instance.host[name].boot_disk[0].initialize_params[0].image}"] == ["e2-small 20 projects/fedora-coreos-cloud/global/images/blue-1", "n2-standard-2 40 projects/fedora-coreos-cloud/global/images/green-1"]
    error_message = "type, disk and image are the pool's, else the module's"
  }
  assert {
    condition     = google_compute_instance.host["demo-blue-1"].labels == tomap({ team = "web", tier = "front", role = "web", atomic-fleet = "demo", atomic-fleet-pool = "blue" })
    error_message = "labels are the pool's over the module's, and the fleet's own over both"
  }
  assert {
    condition     = alltrue([for host in google_compute_instance.host : length(host.network_interface[0].access_config) == 0 && length(host.service_account) == 0 && !host.shielded_instance_config[0].enable_secure_boot && host.shielded_instance_config[0].enable_vtpm])
    error_message = "no public address, no credentials, a vTPM"
  }
  assert {
    condition = google_compute_instance.host["demo-blue-1"].metadata == tomap({
      ssh-keys               = "core:ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1vO2Lk4sM3nq1QmDq7m2yWb8c5r9T0uXzYhGfEdCbA you"
      block-project-ssh-keys = "true"
      enable-oslogin         = "FALSE"
      serial-port-enable     = "FALSE"
    })
    error_message = "without first_boot a host gets its ssh keys from the metadata, and nobody else's"
  }
  assert {
    condition     = google_compute_subnetwork.hosts[0].ip_cidr_range == "10.77.0.0/17" && length(google_compute_subnetwork.proxies) == 0 && length(google_compute_router_nat.fleet) == 1
    error_message = "hosts get half of the network, and go out by NAT"
  }
  assert {
    condition     = length(google_compute_firewall.ssh_to_bastion) + length(google_compute_firewall.ssh_from_bastion) + length(google_compute_firewall.ssh_to_hosts) + length(google_compute_firewall.balancer) == 0
    error_message = "nobody may come in who was not named"
  }
  assert {
    condition     = output.balancer_address == null && length(google_compute_instance_group.pool) == 0
    error_message = "without a balancer there is none of it"
  }
}

# Two machines of one host stand side by side while it is replaced.
run "machine_names" {
  command = plan
  variables {
    pools = {
      blue  = { image = "projects/fedora-coreos-cloud/global/images/blue-1" }
      green = { image = "projects/fedora-coreos-cloud/global/images/blue-2" }
      large = { image = "projects/fedora-coreos-cloud/global/images/blue-1", disk_size = 40 }
      small = { image = "projects/fedora-coreos-cloud/global/images/blue-1", machine_type = "f1-micro" }
    }
  }
  assert {
    condition     = google_compute_instance.host["demo-blue-1"].name == "demo-blue-1-${substr(sha256("projects/fedora-coreos-cloud/global/images/blue-1 20 pd-balanced"), 0, 6)}"
    error_message = "the hash is of the image, the disk's size and the disk's type"
  }
  assert {
    condition     = length(distinct([for pool in ["blue", "green", "large", "small"] : substr(google_compute_instance.host["demo-${pool}-1"].name, -6, 6)])) == 3
    error_message = "what replaces a machine changes its name, and nothing else does"
  }
}

run "no_pools" {
  command = plan
  variables {
    pools    = {}
    balancer = {}
  }
  assert {
    condition     = length(google_compute_instance.host) == 0 && length(output.fleet.hosts) == 0 && length(output.fleet.traffic) == 0 && output.balancer_address == null
    error_message = "a fleet without pools is a fleet, without a balancer"
  }
}

run "no_hosts" {
  command = plan
  variables {
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = 0, weight = 1 } }
    balancer = {}
  }
  assert {
    condition     = length(google_compute_instance.host) == 0 && length(google_compute_instance_group.pool) == 2 && length(google_compute_region_url_map.fleet) == 1
    error_message = "an empty pool keeps its place at the balancer"
  }
}

# One of them only, because Terraform's own work on all grows with the square of their number.
run "five_thousand_hosts" {
  command = plan
  plan_options {
    target = [google_compute_instance.host["demo-blue-5000"]]
  }
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = 5000, weight = 1 } }
  }
  assert {
    condition     = google_compute_instance.host["demo-blue-5000"].zone == "europe-west3-b"
    error_message = "the last of 5000 hosts is there"
  }
}

run "first_boot" {
  command = plan
  variables {
    first_boot         = "{\"ignition\":{\"version\":\"3.4.0\"}}"
    first_boot_by_host = { demo-blue-2 = "#cloud-config" }
  }
  assert {
    condition     = [for name in ["demo-blue-1", "demo-blue-2"] : nonsensitive(google_compute_instance.host[name].metadata["user-data"])] == ["{\"ignition\":{\"version\":\"3.4.0\"}}", "#cloud-config"]
    error_message = "a host's own first boot goes before that of all"
  }
}

run "public_addresses" {
  command = plan
  variables {
    public_addresses = true
    ssh_from         = ["198.51.100.0/24"]
  }
  assert {
    condition     = alltrue([for host in google_compute_instance.host : length(host.network_interface[0].access_config) == 1])
    error_message = "every host has a public address"
  }
  assert {
    condition     = google_compute_firewall.ssh_to_hosts[0].source_ranges == toset(["198.51.100.0/24"]) && google_compute_firewall.ssh_to_hosts[0].target_tags == toset(["demo-host"]) && length(google_compute_router_nat.fleet) == 0
    error_message = "hosts are reached directly, from ssh_from alone, and need no NAT"
  }
}

run "bastion" {
  command = plan
  variables {
    ssh_from   = ["198.51.100.0/24"]
    bastion    = { image = "projects/fedora-coreos-cloud/global/images/jump-1", user = "jump", port = 2222 }
    zones      = ["europe-west3-b", "europe-west3-a"]
    first_boot = "#cloud-config"
  }
  assert {
    condition     = google_compute_instance.bastion[0].zone == "europe-west3-b" && google_compute_instance.bastion[0].name == "demo-bastion" && startswith(google_compute_instance.bastion[0].metadata["ssh-keys"], "jump:ssh-ed25519 ") && !contains(keys(google_compute_instance.bastion[0].metadata), "user-data")
    error_message = "the bastion stands in the first zone, with the keys for its user and a first boot of its own"
  }
  assert {
    condition     = google_compute_firewall.ssh_to_bastion[0].source_ranges == toset(["198.51.100.0/24"]) && google_compute_firewall.ssh_to_bastion[0].target_tags == toset(["demo-bastion"]) && [for rule in google_compute_firewall.ssh_to_bastion[0].allow : rule.ports] == [tolist(["2222"])]
    error_message = "ssh_from reaches the bastion, at its port"
  }
  assert {
    condition     = google_compute_firewall.ssh_from_bastion[0].source_tags == toset(["demo-bastion"]) && google_compute_firewall.ssh_from_bastion[0].source_ranges == null && length(google_compute_firewall.ssh_to_hosts) == 0
    error_message = "only the bastion reaches the hosts"
  }
}

run "bastion_for_nobody" {
  command = plan
  variables {
    bastion = { image = "projects/fedora-coreos-cloud/global/images/jump-1" }
  }
  assert {
    condition     = length(google_compute_firewall.ssh_to_bastion) == 0
    error_message = "an empty ssh_from is no rule: a rule without sources lets everybody in"
  }
}

run "network_brought_along" {
  command = plan
  variables {
    network = {
      network         = "projects/host-project/global/networks/shared"
      subnetwork      = "projects/host-project/regions/europe-west3/subnetworks/hosts"
      proxy_only_cidr = "10.1.2.0/23"
    }
    ssh_from = ["198.51.100.0/24"]
    balancer = {}
  }
  assert {
    condition     = length(google_compute_network.fleet) + length(google_compute_subnetwork.hosts) + length(google_compute_subnetwork.proxies) + length(google_compute_router.fleet) + length(google_compute_router_nat.fleet) == 0
    error_message = "nothing of a network is made"
  }
  assert {
    condition     = google_compute_instance.host["demo-blue-1"].network_interface[0].subnetwork == "projects/host-project/regions/europe-west3/subnetworks/hosts" && output.network_id == "projects/host-project/global/networks/shared"
    error_message = "hosts are in the subnetwork brought along"
  }
  assert {
    condition     = google_compute_firewall.ssh_to_hosts[0].project == "host-project" && google_compute_firewall.balancer[0].source_ranges == toset(["35.191.0.0/16", "130.211.0.0/22", "10.1.2.0/23"])
    error_message = "rules are the network's project's, and let its proxies in"
  }
}

run "service_account_and_secure_boot" {
  command = plan
  variables {
    service_account = "web@my-project-1.iam.gserviceaccount.com"
    secure_boot     = true
  }
  assert {
    condition     = google_compute_instance.host["demo-blue-1"].service_account[0].email == "web@my-project-1.iam.gserviceaccount.com" && google_compute_instance.host["demo-blue-1"].shielded_instance_config[0].enable_secure_boot
    error_message = "both are had for the asking"
  }
}
