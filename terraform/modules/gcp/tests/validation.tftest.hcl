# Every input that cannot work is refused while planning.

mock_provider "google" {}

variables {
  name                = "demo"
  project             = "my-project-1"
  region              = "europe-west3"
  zones               = ["europe-west3-a", "europe-west3-b"]
  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1vO2Lk4sM3nq1QmDq7m2yWb8c5r9T0uXzYhGfEdCbA you"]
  pools               = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1" } }
}

run "name_with_a_capital" {
  command = plan
  variables {
    name = "Demo"
  }
  expect_failures = [var.name]
}

run "name_too_long" {
  command = plan
  variables {
    name = "abcdefghijklmnopqrstu"
  }
  expect_failures = [var.name]
}

run "name_with_a_hyphen_at_its_end" {
  command = plan
  variables {
    name = "demo-"
  }
  expect_failures = [var.name]
}

run "project_by_number" {
  command = plan
  variables {
    project = "123456789012"
  }
  expect_failures = [var.project]
}

run "region_that_is_a_zone" {
  command = plan
  variables {
    region = "europe-west3-a"
    zones  = ["europe-west3-a-a"]
  }
  expect_failures = [var.region]
}

run "pool_name_for_a_shell" {
  command = plan
  variables {
    pools = { "'; rm -rf" = { image = "projects/fedora-coreos-cloud/global/images/blue-1" } }
  }
  expect_failures = [var.pools]
}

run "pool_name_too_long" {
  command = plan
  variables {
    pools = { abcdefghijkl = { image = "projects/fedora-coreos-cloud/global/images/blue-1" } }
  }
  expect_failures = [var.pools]
}

run "image_family" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/family/fedora-coreos-stable" } }
  }
  expect_failures = [var.pools]
}

run "image_without_its_project" {
  command = plan
  variables {
    pools = { blue = { image = "fedora-coreos-stable" } }
  }
  expect_failures = [var.pools]
}

run "image_with_a_second_line" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1\n" } }
  }
  expect_failures = [var.pools]
}

run "pool_size_negative" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = -1 } }
  }
  expect_failures = [var.pools]
}

run "pool_size_broken" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = 1.5 } }
  }
  expect_failures = [var.pools]
}

run "pools_too_large" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = 3000 }, green = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = 2001 } }
  }
  expect_failures = [var.pools]
}

run "pool_machine_type" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", machine_type = "E2 small" } }
  }
  expect_failures = [var.pools]
}

run "pool_disk_size" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", disk_size = 4 } }
  }
  expect_failures = [var.pools]
}

run "pool_weight" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 101 } }
  }
  expect_failures = [var.pools]
}

run "balancer_without_weights" {
  command = plan
  variables {
    balancer = {}
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1" } }
  }
  expect_failures = [var.pools]
}

run "pool_zones_empty" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", zones = [] } }
  }
  expect_failures = [var.pools]
}

run "pool_zone_foreign" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", zones = ["europe-west3-c"] } }
  }
  expect_failures = [var.pools]
}

run "pool_zone_twice" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", zones = ["europe-west3-a", "europe-west3-a"] } }
  }
  expect_failures = [var.pools]
}

run "pool_label_name" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", labels = { Role = "web" } } }
  }
  expect_failures = [var.pools]
}

run "pool_label_value" {
  command = plan
  variables {
    pools = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", labels = { role = "Web server" } } }
  }
  expect_failures = [var.pools]
}

run "zones_empty" {
  command = plan
  variables {
    zones = []
    pools = {}
  }
  expect_failures = [var.zones]
}

run "zone_twice" {
  command = plan
  variables {
    zones = ["europe-west3-a", "europe-west3-a"]
  }
  expect_failures = [var.zones]
}

run "zone_of_another_region" {
  command = plan
  variables {
    zones = ["europe-west1-b"]
  }
  expect_failures = [var.zones]
}

run "machine_type" {
  command = plan
  variables {
    machine_type = "small"
  }
  expect_failures = [var.machine_type]
}

run "disk_size" {
  command = plan
  variables {
    disk_size = 20.5
  }
  expect_failures = [var.disk_size]
}

run "disk_type" {
  command = plan
  variables {
    disk_type = "local-ssd"
  }
  expect_failures = [var.disk_type]
}

run "service_account" {
  command = plan
  variables {
    service_account = "you@example.org"
  }
  expect_failures = [var.service_account]
}

run "label_name" {
  command = plan
  variables {
    labels = { "1st" = "web" }
  }
  expect_failures = [var.labels]
}

run "label_value" {
  command = plan
  variables {
    labels = { role = "a.b" }
  }
  expect_failures = [var.labels]
}

run "user" {
  command = plan
  variables {
    user = "ro ot"
  }
  expect_failures = [var.user]
}

run "user_with_capitals" {
  command = plan
  variables {
    user = "Core"
  }
  expect_failures = [var.user]
}

run "ssh_authorized_keys_empty" {
  command = plan
  variables {
    ssh_authorized_keys = []
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "ssh_authorized_keys_private" {
  command = plan
  variables {
    ssh_authorized_keys = ["-----BEGIN OPENSSH PRIVATE KEY-----"]
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "ssh_authorized_keys_of_two_lines" {
  command = plan
  variables {
    ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1v you\nroot:ssh-ed25519 AAAA"]
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "first_boot_butane" {
  command = plan
  variables {
    first_boot = "variant: fcos\nversion: 1.5.0\n"
  }
  expect_failures = [var.first_boot]
}

run "first_boot_butane_below_a_remark" {
  command = plan
  variables {
    first_boot = "# web\nvariant: fcos\n"
  }
  expect_failures = [var.first_boot]
}

run "first_boot_json_of_another_kind" {
  command = plan
  variables {
    first_boot = "{}"
  }
  expect_failures = [var.first_boot]
}

run "first_boot_empty" {
  command = plan
  variables {
    first_boot = ""
  }
  expect_failures = [var.first_boot]
}

run "first_boot_too_long" {
  command = plan
  variables {
    first_boot = "#cloud-config\n${join("", [for i in range(1000) : join("", [for j in range(30) : "123456789"])])}"
  }
  expect_failures = [var.first_boot]
}

run "first_boot_by_host_of_no_pool" {
  command = plan
  variables {
    first_boot_by_host = { demo-green-1 = "#cloud-config" }
  }
  expect_failures = [var.first_boot_by_host]
}

run "first_boot_by_host_beyond_the_pool" {
  command = plan
  variables {
    first_boot_by_host = { demo-blue-2 = "#cloud-config" }
  }
  expect_failures = [var.first_boot_by_host]
}

run "first_boot_by_host_butane" {
  command = plan
  variables {
    first_boot_by_host = { demo-blue-1 = "variant: fcos" }
  }
  expect_failures = [var.first_boot_by_host]
}

run "first_boot_by_host_too_long" {
  command = plan
  variables {
    first_boot_by_host = { demo-blue-1 = "#cloud-config\n${join("", [for i in range(1000) : join("", [for j in range(30) : "123456789"])])}" }
  }
  expect_failures = [var.first_boot_by_host]
}

run "host_keys" {
  command = plan
  variables {
    host_keys = { demo-blue-1 = ["SHA256:abc"] }
  }
  expect_failures = [var.host_keys]
}

run "host_key_authority" {
  command = plan
  variables {
    host_key_authority = "@cert-authority *"
  }
  expect_failures = [var.host_key_authority]
}

run "ssh_from" {
  command = plan
  variables {
    ssh_from = ["198.51.100.7"]
  }
  expect_failures = [var.ssh_from]
}

run "ssh_from_ipv6" {
  command = plan
  variables {
    ssh_from = ["2001:db8::/32"]
  }
  expect_failures = [var.ssh_from]
}

run "ssh_from_a_host_of_a_network" {
  command = plan
  variables {
    ssh_from = ["203.0.113.7/24"]
  }
  expect_failures = [var.ssh_from]
}

run "bastion_image" {
  command = plan
  variables {
    bastion = { image = "fedora-coreos-stable" }
  }
  expect_failures = [var.bastion]
}

run "bastion_machine_type" {
  command = plan
  variables {
    bastion = { image = "projects/fedora-coreos-cloud/global/images/blue-1", machine_type = "small" }
  }
  expect_failures = [var.bastion]
}

run "bastion_user" {
  command = plan
  variables {
    bastion = { image = "projects/fedora-coreos-cloud/global/images/blue-1", user = "-o" }
  }
  expect_failures = [var.bastion]
}

run "bastion_port" {
  command = plan
  variables {
    bastion = { image = "projects/fedora-coreos-cloud/global/images/blue-1", port = 0 }
  }
  expect_failures = [var.bastion]
}

run "bastion_first_boot" {
  command = plan
  variables {
    bastion = { image = "projects/fedora-coreos-cloud/global/images/blue-1", first_boot = "variant: fcos" }
  }
  expect_failures = [var.bastion]
}

run "bastion_host_keys" {
  command = plan
  variables {
    bastion = { image = "projects/fedora-coreos-cloud/global/images/blue-1", host_keys = ["none"] }
  }
  expect_failures = [var.bastion]
}

run "bastion_host_key_authority" {
  command = plan
  variables {
    bastion = { image = "projects/fedora-coreos-cloud/global/images/blue-1", host_key_authority = "none" }
  }
  expect_failures = [var.bastion]
}

run "jump_address" {
  command = plan
  variables {
    jump = [{ address = "-oProxyCommand=sh", user = "core" }]
  }
  expect_failures = [var.jump]
}

run "jump_user" {
  command = plan
  variables {
    jump = [{ address = "192.0.2.1", user = "-l" }]
  }
  expect_failures = [var.jump]
}

run "jump_port" {
  command = plan
  variables {
    jump = [{ address = "192.0.2.1", user = "core", port = 65536 }]
  }
  expect_failures = [var.jump]
}

run "jump_host_keys" {
  command = plan
  variables {
    jump = [{ address = "192.0.2.1", user = "core", host_keys = ["none"] }]
  }
  expect_failures = [var.jump]
}

run "jump_too_long_with_the_bastion" {
  command = plan
  variables {
    bastion = { image = "projects/fedora-coreos-cloud/global/images/blue-1" }
    jump    = [for i in range(8) : { address = "192.0.2.1", user = "core" }]
  }
  expect_failures = [var.jump]
}

run "jump_too_long" {
  command = plan
  variables {
    jump = [for number in range(9) : { address = "192.0.2.${number}", user = "me" }]
  }
  expect_failures = [var.jump]
}

run "network" {
  command = plan
  variables {
    network = { network = "default", subnetwork = "projects/host-project/regions/europe-west3/subnetworks/hosts" }
  }
  expect_failures = [var.network]
}

run "subnetwork_of_another_region" {
  command = plan
  variables {
    network = { network = "projects/host-project/global/networks/shared", subnetwork = "projects/host-project/regions/europe-west1/subnetworks/hosts" }
  }
  expect_failures = [var.network]
}

run "proxy_only_cidr" {
  command = plan
  variables {
    network = { network = "projects/host-project/global/networks/shared", subnetwork = "projects/host-project/regions/europe-west3/subnetworks/hosts", proxy_only_cidr = "10.1.2.0" }
  }
  expect_failures = [var.network]
}

run "proxy_only_cidr_missing" {
  command = plan
  variables {
    network  = { network = "projects/host-project/global/networks/shared", subnetwork = "projects/host-project/regions/europe-west3/subnetworks/hosts" }
    balancer = {}
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.network]
}

run "network_cidr" {
  command = plan
  variables {
    network_cidr = "10.77.0.0"
  }
  expect_failures = [var.network_cidr]
}

run "network_cidr_too_small" {
  command = plan
  variables {
    network_cidr = "10.77.0.0/25"
  }
  expect_failures = [var.network_cidr]
}

run "network_cidr_for_so_many" {
  command = plan
  variables {
    network_cidr = "10.77.0.0/24"
    pools        = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", size = 123 } }
  }
  expect_failures = [var.network_cidr]
}

run "public_addresses_and_bastion" {
  command = plan
  variables {
    public_addresses = true
    bastion          = { image = "projects/fedora-coreos-cloud/global/images/blue-1" }
  }
  expect_failures = [var.public_addresses]
}

run "public_addresses_and_jump" {
  command = plan
  variables {
    public_addresses = true
    jump             = [{ address = "192.0.2.1", user = "core" }]
  }
  expect_failures = [var.public_addresses]
}

run "balancer_port" {
  command = plan
  variables {
    balancer = { port = 0 }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_host_port" {
  command = plan
  variables {
    balancer = { host_port = 70000 }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_health_path" {
  command = plan
  variables {
    balancer = { health_path = "healthz" }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_health_interval" {
  command = plan
  variables {
    balancer = { health_interval = 4 }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_public_without_from" {
  command = plan
  variables {
    balancer = { public = true }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_from" {
  command = plan
  variables {
    balancer = { public = true, from = ["everybody"] }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_ipv6" {
  command = plan
  variables {
    balancer = { public = true, from = ["2001:db8::/32"] }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_a_host_of_a_network" {
  command = plan
  variables {
    balancer = { public = true, from = ["203.0.113.7/24"] }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_nobody" {
  command = plan
  variables {
    balancer = { public = true, from = [] }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_of_a_public_one" {
  command = plan
  variables {
    balancer = { public = true, from = ["198.51.100.0/24"] }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_of_another" {
  command = plan
  variables {
    balancer = { from = ["10.0.0.0/8"] }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_security_policy" {
  command = plan
  variables {
    balancer = { security_policy = "office" }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_security_policy_of_a_region" {
  command = plan
  variables {
    balancer = { public = true, from = ["0.0.0.0/0"], security_policy = "projects/my-project-1/regions/europe-west3/securityPolicies/office" }
    pools    = { blue = { image = "projects/fedora-coreos-cloud/global/images/blue-1", weight = 1 } }
  }
  expect_failures = [var.balancer]
}
