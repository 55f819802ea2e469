# Every input that cannot work is refused while planning.

mock_provider "azurerm" {}

variables {
  name                = "demo"
  location            = "westeurope"
  zones               = ["1", "2", "3"]
  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTse/js7yKde/+Le9kKglAIeOQIPwp5BQ/g"]
  pools               = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001" } }
}

run "name_upper_case" {
  command = plan
  variables {
    name = "Demo"
  }
  expect_failures = [var.name]
}

run "name_too_long" {
  command = plan
  variables {
    name = "a23456789012345678901"
  }
  expect_failures = [var.name]
}

run "name_ends_in_a_hyphen" {
  command = plan
  variables {
    name = "demo-"
  }
  expect_failures = [var.name]
}

run "location_with_spaces" {
  command = plan
  variables {
    location = "West Europe"
  }
  expect_failures = [var.location]
}

run "resource_group_with_a_slash" {
  command = plan
  variables {
    resource_group_name = "a/b"
  }
  expect_failures = [var.resource_group_name]
}

run "resource_group_ends_in_a_full_stop" {
  command = plan
  variables {
    resource_group_name = "mine."
  }
  expect_failures = [var.resource_group_name]
}

run "pool_name_with_a_quote" {
  command = plan
  variables {
    pools = { "'; rm -rf" = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001" } }
  }
  expect_failures = [var.pools]
}

run "pool_name_too_long" {
  command = plan
  variables {
    pools = { abcdefghijkl = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001" } }
  }
  expect_failures = [var.pools]
}

run "image_latest" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/latest" } }
  }
  expect_failures = [var.pools]
}

run "image_without_version" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos" } }
  }
  expect_failures = [var.pools]
}

run "image_by_name" {
  command = plan
  variables {
    pools = { blue = { image = "fcos" } }
  }
  expect_failures = [var.pools]
}

run "image_of_the_marketplace" {
  command = plan
  variables {
    pools = { blue = { image = "kinvolk:flatcar:stable:latest" } }
  }
  expect_failures = [var.pools]
}

run "pool_size_negative" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", size = -1 } }
  }
  expect_failures = [var.pools]
}

run "pool_size_broken" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", size = 1.5 } }
  }
  expect_failures = [var.pools]
}

run "pools_too_large" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", size = 3000 }, green = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", size = 2001 } }
  }
  expect_failures = [var.pools]
}

run "pool_machine_type" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", machine_type = "t3.small" } }
  }
  expect_failures = [var.pools]
}

run "pool_disk_size" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", disk_size = 4 } }
  }
  expect_failures = [var.pools]
}

run "pool_disk_size_above_azures" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", disk_size = 5000 } }
  }
  expect_failures = [var.pools]
}

run "pool_weight_above" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 101 } }
  }
  expect_failures = [var.pools]
}

run "pool_weight_broken" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 0.5 } }
  }
  expect_failures = [var.pools]
}

run "nobody_gets_the_traffic" {
  command = plan
  variables {
    balancer = {}
  }
  expect_failures = [var.pools]
}

run "pool_without_zones" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", zones = [] } }
  }
  expect_failures = [var.pools]
}

run "pool_in_a_foreign_zone" {
  command = plan
  variables {
    zones = ["1"]
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", zones = ["2"] } }
  }
  expect_failures = [var.pools]
}

run "pool_with_a_zone_twice" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", zones = ["1", "1"] } }
  }
  expect_failures = [var.pools]
}

run "pool_label_name" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", labels = { "Role" = "web" } } }
  }
  expect_failures = [var.pools]
}

run "pool_label_reserved" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", labels = { azure-role = "web" } } }
  }
  expect_failures = [var.pools]
}

run "pool_with_too_many_labels" {
  command = plan
  variables {
    pools = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", labels = { for number in range(49) : "label-${number}" => "x" } } }
  }
  expect_failures = [var.pools]
}

run "zones_empty" {
  command = plan
  variables {
    zones = []
  }
  expect_failures = [var.zones]
}

run "zones_twice" {
  command = plan
  variables {
    zones = ["1", "1"]
  }
  expect_failures = [var.zones]
}

run "zone_of_another_cloud" {
  command = plan
  variables {
    zones = ["westeurope-1"]
  }
  expect_failures = [var.zones]
}

run "machine_type_of_another_cloud" {
  command = plan
  variables {
    machine_type = "m5.large"
  }
  expect_failures = [var.machine_type]
}

run "disk_size_above_azures" {
  command = plan
  variables {
    disk_size = 5000
  }
  expect_failures = [var.disk_size]
}

run "disk_size_broken" {
  command = plan
  variables {
    disk_size = 20.5
  }
  expect_failures = [var.disk_size]
}

run "disk_type_unknown" {
  command = plan
  variables {
    disk_type = "gp3"
  }
  expect_failures = [var.disk_type]
}

run "label_name" {
  command = plan
  variables {
    labels = { "a/b" = "x" }
  }
  expect_failures = [var.labels]
}

run "label_reserved" {
  command = plan
  variables {
    labels = { microsoft = "x" }
  }
  expect_failures = [var.labels]
}

run "label_value_too_long" {
  command = plan
  variables {
    labels = { note = join("", [for number in range(257) : "x"]) }
  }
  expect_failures = [var.labels]
}

run "labels_too_many" {
  command = plan
  variables {
    labels = { for number in range(49) : "label-${number}" => "x" }
  }
  expect_failures = [var.labels]
}

run "user_reserved" {
  command = plan
  variables {
    user = "root"
  }
  expect_failures = [var.user]
}

run "user_with_a_space" {
  command = plan
  variables {
    user = "a b"
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

run "nobody_logs_in" {
  command = plan
  variables {
    ssh_authorized_keys = []
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "ssh_key_private" {
  command = plan
  variables {
    ssh_authorized_keys = ["-----BEGIN OPENSSH PRIVATE KEY-----"]
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "ssh_key_two_lines" {
  command = plan
  variables {
    ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTse/js7yKde/+Le9kKglAIeOQIPwp5BQ/g a\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTse/js7yKde/+Le9kKglAIeOQIPwp5BQ/g b"]
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "ssh_key_of_a_kind_azure_refuses" {
  command = plan
  variables {
    ssh_authorized_keys = ["ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY="]
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "first_boot_empty" {
  command = plan
  variables {
    first_boot = ""
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
    first_boot = "#cloud-config\n${join("", [for number in range(1000) : "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"])}"
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

run "host_key" {
  command = plan
  variables {
    host_keys = { demo-blue-1 = ["SHA256:abc"] }
  }
  expect_failures = [var.host_keys]
}

run "host_key_authority" {
  command = plan
  variables {
    host_key_authority = "@cert-authority"
  }
  expect_failures = [var.host_key_authority]
}

run "network_cidr_of_one_host" {
  command = plan
  variables {
    network_cidr = "10.0.0.1/32"
  }
  expect_failures = [var.network_cidr]
}

run "network_cidr_ipv6" {
  command = plan
  variables {
    network_cidr = "fd00::/16"
  }
  expect_failures = [var.network_cidr]
}

run "network_cidr_too_small" {
  command = plan
  variables {
    network_cidr = "10.0.0.0/28"
    pools        = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", size = 4 } }
  }
  expect_failures = [azurerm_subnet.hosts]
}

run "network_by_name" {
  command = plan
  variables {
    network = { subnet_id = "hosts", cidr = "10.0.0.0/16" }
  }
  expect_failures = [var.network]
}

run "network_without_addresses" {
  command = plan
  variables {
    network = { subnet_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/hosts", cidr = "VirtualNetwork" }
  }
  expect_failures = [var.network]
}

run "egress_addresses_too_few" {
  command = plan
  variables {
    egress_addresses = 0
  }
  expect_failures = [var.egress_addresses]
}

run "egress_addresses_for_many_hosts" {
  command = plan
  variables {
    egress_addresses = 1
    pools            = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", size = 501 } }
  }
  expect_failures = [var.egress_addresses]
}

run "public_hosts_behind_a_bastion" {
  command = plan
  variables {
    public_addresses = true
    bastion          = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos" }
  }
  expect_failures = [var.public_addresses]
}

run "public_hosts_behind_a_jump_host" {
  command = plan
  variables {
    public_addresses = true
    jump             = [{ address = "192.0.2.1", user = "me" }]
  }
  expect_failures = [var.public_addresses]
}

run "ssh_from_a_name" {
  command = plan
  variables {
    ssh_from = ["example.org"]
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

run "ssh_from_ipv6" {
  command = plan
  variables {
    ssh_from = ["2001:db8::/32"]
  }
  expect_failures = [var.ssh_from]
}

run "bastion_image" {
  command = plan
  variables {
    bastion = { image = "latest" }
  }
  expect_failures = [var.bastion]
}

run "bastion_machine_type" {
  command = plan
  variables {
    bastion = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos", machine_type = "small" }
  }
  expect_failures = [var.bastion]
}

run "bastion_user_reserved" {
  command = plan
  variables {
    bastion = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos", user = "root" }
  }
  expect_failures = [var.bastion]
}

run "bastion_user_with_a_space" {
  command = plan
  variables {
    bastion = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", user = "a b" }
  }
  expect_failures = [var.bastion]
}

run "bastion_port" {
  command = plan
  variables {
    bastion = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos", port = 0 }
  }
  expect_failures = [var.bastion]
}

run "bastion_first_boot" {
  command = plan
  variables {
    bastion = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos", first_boot = "" }
  }
  expect_failures = [var.bastion]
}

run "bastion_first_boot_butane" {
  command = plan
  variables {
    bastion = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", first_boot = "variant: fcos" }
  }
  expect_failures = [var.bastion]
}

run "bastion_first_boot_too_large" {
  command = plan
  variables {
    bastion = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", first_boot = "#cloud-config\n${join("", [for block in range(1000) : join("", [for number in range(10) : "seventeen letters"])])}" }
  }
  expect_failures = [var.bastion]
}

run "bastion_host_keys" {
  command = plan
  variables {
    bastion = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos", host_keys = ["x"] }
  }
  expect_failures = [var.bastion]
}

run "jump_too_long" {
  command = plan
  variables {
    jump = [for number in range(9) : { address = "192.0.2.${number}", user = "me" }]
  }
  expect_failures = [var.jump]
}

run "jump_too_long_with_the_bastion" {
  command = plan
  variables {
    bastion = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001" }
    jump    = [for number in range(8) : { address = "192.0.2.${number}", user = "me" }]
  }
  expect_failures = [var.jump]
}

run "jump_address" {
  command = plan
  variables {
    jump = [{ address = "-oProxyCommand=id", user = "me" }]
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

run "jump_keys" {
  command = plan
  variables {
    jump = [{ address = "192.0.2.1", user = "me", host_key_authority = "x" }]
  }
  expect_failures = [var.jump]
}

run "balancer_port" {
  command = plan
  variables {
    pools    = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 1 } }
    balancer = { port = 0 }
  }
  expect_failures = [var.balancer]
}

run "balancer_host_port" {
  command = plan
  variables {
    pools    = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 1 } }
    balancer = { host_port = 65536 }
  }
  expect_failures = [var.balancer]
}

run "balancer_health_path" {
  command = plan
  variables {
    pools    = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 1 } }
    balancer = { health_path = "healthz" }
  }
  expect_failures = [var.balancer]
}

run "balancer_health_interval" {
  command = plan
  variables {
    pools    = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 1 } }
    balancer = { health_interval = 1 }
  }
  expect_failures = [var.balancer]
}

run "public_balancer_without_clients" {
  command = plan
  variables {
    pools    = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 1 } }
    balancer = { public = true }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_nobody" {
  command = plan
  variables {
    pools    = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 1 } }
    balancer = { from = [] }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_a_name" {
  command = plan
  variables {
    pools    = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 1 } }
    balancer = { from = ["internet"] }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_ipv6" {
  command = plan
  variables {
    balancer = { from = ["2001:db8::/32"] }
    pools    = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 1 } }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_a_host_of_a_network" {
  command = plan
  variables {
    balancer = { from = ["203.0.113.7/24"] }
    pools    = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", weight = 1 } }
  }
  expect_failures = [var.balancer]
}
