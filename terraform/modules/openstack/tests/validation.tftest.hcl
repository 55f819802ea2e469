# Every refusal, each by the variable that is at fault.

mock_provider "openstack" {}

variables {
  name                = "demo"
  zones               = ["az1", "az2"]
  machine_type        = "m1.small"
  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDemo demo"]
  pools               = { blue = { image = "11111111-1111-4111-8111-111111111111" } }
}

run "name_of_capitals" {
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

run "name_ending_in_a_hyphen" {
  command = plan
  variables {
    name = "demo-"
  }
  expect_failures = [var.name]
}

run "pool_name_of_shell" {
  command = plan
  variables {
    pools = { "'; rm -rf" = { image = "11111111-1111-4111-8111-111111111111" } }
  }
  expect_failures = [var.pools]
}

run "pool_name_with_hyphen" {
  command = plan
  variables {
    pools = { blue-1 = { image = "11111111-1111-4111-8111-111111111111" } }
  }
  expect_failures = [var.pools]
}

run "image_by_name" {
  command = plan
  variables {
    pools = { blue = { image = "fedora-coreos-stable" } }
  }
  expect_failures = [var.pools]
}

run "image_of_capitals" {
  command = plan
  variables {
    pools = { blue = { image = "ABCDEF01-1111-4111-8111-111111111111" } }
  }
  expect_failures = [var.pools]
}

run "size_of_half_a_host" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", size = 1.5 } }
  }
  expect_failures = [var.pools]
}

run "size_too_large" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", size = 5001 } }
  }
  expect_failures = [var.pools]
}

run "hosts_in_total" {
  command = plan
  variables {
    pools = {
      blue  = { image = "11111111-1111-4111-8111-111111111111", size = 3000 }
      green = { image = "11111111-1111-4111-8111-111111111111", size = 2001 }
    }
  }
  expect_failures = [var.pools]
}

run "pool_machine_type" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", machine_type = "m1;small" } }
  }
  expect_failures = [var.pools]
}

run "pool_disk_size" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", disk_size = 4 } }
  }
  expect_failures = [var.pools]
}

run "weight_too_large" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 101 } }
  }
  expect_failures = [var.pools]
}

run "weight_below_zero" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = -1 } }
  }
  expect_failures = [var.pools]
}

run "no_weight_at_all" {
  command = plan
  variables {
    balancer = {}
  }
  expect_failures = [var.pools]
}

run "pool_zone_unknown" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", zones = ["az3"] } }
  }
  expect_failures = [var.pools]
}

run "pool_without_zone" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", zones = [] } }
  }
  expect_failures = [var.pools]
}

run "pool_zone_twice" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", zones = ["az1", "az1"] } }
  }
  expect_failures = [var.pools]
}

run "pool_label_name" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", labels = { "Team" = "web" } } }
  }
  expect_failures = [var.pools]
}

run "pool_label_value" {
  command = plan
  variables {
    pools = { blue = { image = "11111111-1111-4111-8111-111111111111", labels = { team = "a\nb" } } }
  }
  expect_failures = [var.pools]
}

run "no_zone" {
  command = plan
  variables {
    zones = []
  }
  expect_failures = [var.zones]
}

run "zone_twice" {
  command = plan
  variables {
    zones = ["az1", "az1"]
  }
  expect_failures = [var.zones]
}

run "zone_with_host" {
  command = plan
  variables {
    zones = ["az1:host-7"]
  }
  expect_failures = [var.zones]
}

run "machine_type_of_shell" {
  command = plan
  variables {
    machine_type = "$(reboot)"
  }
  expect_failures = [var.machine_type]
}

run "disk_size_of_half_a_gib" {
  command = plan
  variables {
    disk_size = 20.5
  }
  expect_failures = [var.disk_size]
}

run "disk_type_of_shell" {
  command = plan
  variables {
    disk_size = 20
    disk_type = "fast;slow"
  }
  expect_failures = [var.disk_type]
}

run "disk_type_without_disk" {
  command = plan
  variables {
    disk_type = "encrypted"
  }
  expect_failures = [var.disk_type]
}

run "user_with_space" {
  command = plan
  variables {
    user = "the core"
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

run "no_key" {
  command = plan
  variables {
    ssh_authorized_keys = []
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "two_keys" {
  command = plan
  variables {
    ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDemo", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDemo"]
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "private_key" {
  command = plan
  variables {
    ssh_authorized_keys = ["-----BEGIN OPENSSH PRIVATE KEY-----"]
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "first_boot_empty" {
  command = plan
  variables {
    first_boot = " "
  }
  expect_failures = [var.first_boot]
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

run "first_boot_too_large" {
  command = plan
  variables {
    first_boot = "#cloud-config\n${join("", [for block in range(50) : join("", [for line in range(100) : "0123456789"])])}"
  }
  expect_failures = [var.first_boot]
}

run "first_boot_by_host_empty" {
  command = plan
  variables {
    first_boot_by_host = { demo-blue-1 = "" }
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

run "first_boot_by_host_too_large" {
  command = plan
  variables {
    first_boot_by_host = { demo-blue-1 = "#cloud-config\n${join("", [for block in range(1000) : join("", [for number in range(10) : "seventeen letters"])])}" }
  }
  expect_failures = [var.first_boot_by_host]
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

run "label_name" {
  command = plan
  variables {
    labels = { "Team" = "web" }
  }
  expect_failures = [var.labels]
}

run "label_too_long" {
  command = plan
  variables {
    labels = { team = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" }
  }
  expect_failures = [var.labels]
}

run "label_with_slash" {
  command = plan
  variables {
    labels = { team = "web/front" }
  }
  expect_failures = [var.labels]
}

run "network_by_name" {
  command = plan
  variables {
    network = { id = "private", subnet_id = "66666666-6666-4666-8666-666666666666" }
  }
  expect_failures = [var.network]
}

run "network_cidr_of_a_host" {
  command = plan
  variables {
    network_cidr = "10.77.0.1/16"
  }
  expect_failures = [var.network_cidr]
}

run "network_cidr_of_ipv6" {
  command = plan
  variables {
    network_cidr = "2001:db8::/64"
  }
  expect_failures = [var.network_cidr]
}

run "external_network_empty" {
  command = plan
  variables {
    external_network = ""
  }
  expect_failures = [var.external_network]
}

run "floating_ip_from_nowhere" {
  command = plan
  variables {
    public_addresses = true
  }
  expect_failures = [var.external_network]
}

run "bastion_from_nowhere" {
  command = plan
  variables {
    bastion = { image = "11111111-1111-4111-8111-111111111111" }
  }
  expect_failures = [var.external_network]
}

run "public_balancer_from_nowhere" {
  command = plan
  variables {
    pools    = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 1 } }
    balancer = { public = true, from = ["0.0.0.0/0"] }
  }
  expect_failures = [var.external_network]
}

run "resolver_by_name" {
  command = plan
  variables {
    dns_nameservers = ["dns.example.org"]
  }
  expect_failures = [var.dns_nameservers]
}

run "public_and_bastion" {
  command = plan
  variables {
    external_network = "public"
    public_addresses = true
    bastion          = { image = "11111111-1111-4111-8111-111111111111" }
  }
  expect_failures = [var.public_addresses]
}

run "public_and_jump" {
  command = plan
  variables {
    external_network = "public"
    public_addresses = true
    jump             = [{ address = "10.0.0.1", user = "core" }]
  }
  expect_failures = [var.public_addresses]
}

run "ssh_from_an_address" {
  command = plan
  variables {
    ssh_from = ["203.0.113.7"]
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
    external_network = "public"
    bastion          = { image = "latest" }
  }
  expect_failures = [var.bastion]
}

run "bastion_machine_type" {
  command = plan
  variables {
    external_network = "public"
    bastion          = { image = "11111111-1111-4111-8111-111111111111", machine_type = "a/b" }
  }
  expect_failures = [var.bastion]
}

run "bastion_port" {
  command = plan
  variables {
    external_network = "public"
    bastion          = { image = "11111111-1111-4111-8111-111111111111", port = 0 }
  }
  expect_failures = [var.bastion]
}

run "bastion_user" {
  command = plan
  variables {
    external_network = "public"
    bastion          = { image = "11111111-1111-4111-8111-111111111111", user = "-oProxyCommand" }
  }
  expect_failures = [var.bastion]
}

run "bastion_first_boot" {
  command = plan
  variables {
    external_network = "public"
    bastion          = { image = "11111111-1111-4111-8111-111111111111", first_boot = "" }
  }
  expect_failures = [var.bastion]
}

run "bastion_first_boot_butane" {
  command = plan
  variables {
    external_network = "public"
    bastion          = { image = "11111111-1111-4111-8111-111111111111", first_boot = "variant: fcos" }
  }
  expect_failures = [var.bastion]
}

run "bastion_first_boot_too_large" {
  command = plan
  variables {
    external_network = "public"
    bastion          = { image = "11111111-1111-4111-8111-111111111111", first_boot = "#cloud-config\n${join("", [for block in range(1000) : join("", [for number in range(10) : "seventeen letters"])])}" }
  }
  expect_failures = [var.bastion]
}

run "bastion_host_key" {
  command = plan
  variables {
    external_network = "public"
    bastion          = { image = "11111111-1111-4111-8111-111111111111", host_keys = ["ssh-dss AAAA"] }
  }
  expect_failures = [var.bastion]
}

run "jump_too_long" {
  command = plan
  variables {
    jump = [for hop in range(9) : { address = "10.0.0.${hop}", user = "core" }]
  }
  expect_failures = [var.jump]
}

run "jump_too_long_with_the_bastion" {
  command = plan
  variables {
    external_network = "public"
    bastion          = { image = "11111111-1111-4111-8111-111111111111" }
    jump             = [for number in range(8) : { address = "192.0.2.${number}", user = "me" }]
  }
  expect_failures = [var.jump]
}

run "jump_address" {
  command = plan
  variables {
    jump = [{ address = "-oProxyCommand=x", user = "core" }]
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
    jump = [{ address = "192.0.2.1", user = "me", port = 65536 }]
  }
  expect_failures = [var.jump]
}

run "jump_key" {
  command = plan
  variables {
    jump = [{ address = "10.0.0.1", user = "core", host_key_authority = "ca" }]
  }
  expect_failures = [var.jump]
}

run "host_key" {
  command = plan
  variables {
    host_keys = { demo-blue-1 = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDemo\n"] }
  }
  expect_failures = [var.host_keys]
}

run "host_key_authority" {
  command = plan
  variables {
    host_key_authority = "ca.pub"
  }
  expect_failures = [var.host_key_authority]
}

run "balancer_port" {
  command = plan
  variables {
    pools    = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 1 } }
    balancer = { port = 65536 }
  }
  expect_failures = [var.balancer]
}

run "balancer_path" {
  command = plan
  variables {
    pools    = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 1 } }
    balancer = { health_path = "healthz" }
  }
  expect_failures = [var.balancer]
}

run "balancer_interval" {
  command = plan
  variables {
    pools    = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 1 } }
    balancer = { health_interval = 1 }
  }
  expect_failures = [var.balancer]
}

run "balancer_drain" {
  command = plan
  variables {
    pools    = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 1 } }
    balancer = { drain_seconds = 3601 }
  }
  expect_failures = [var.balancer]
}

run "balancer_public_to_nobody" {
  command = plan
  variables {
    pools            = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 1 } }
    external_network = "public"
    balancer         = { public = true }
  }
  expect_failures = [var.balancer]
}

run "balancer_from" {
  command = plan
  variables {
    pools    = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 1 } }
    balancer = { from = ["10.0.0.1"] }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_nobody" {
  command = plan
  variables {
    pools    = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 1 } }
    balancer = { from = [] }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_ipv6" {
  command = plan
  variables {
    balancer = { from = ["2001:db8::/32"] }
    pools    = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_a_host_of_a_network" {
  command = plan
  variables {
    balancer = { from = ["203.0.113.7/24"] }
    pools    = { blue = { image = "11111111-1111-4111-8111-111111111111", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_of_ovn" {
  command = plan
  variables {
    balancer_provider = "ovn"
  }
  expect_failures = [var.balancer_provider]
}
