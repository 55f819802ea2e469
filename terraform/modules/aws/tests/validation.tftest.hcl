# Every input that cannot work is refused while planning.

mock_provider "aws" {}

variables {
  name                = "demo"
  zones               = ["eu-central-1a", "eu-central-1b"]
  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA x"]
  pools               = { blue = { image = "ami-0123456789abcdef0", weight = 1 } }
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

run "name_that_ends_in_a_hyphen" {
  command = plan
  variables {
    name = "demo-"
  }
  expect_failures = [var.name]
}

run "pool_name" {
  command = plan
  variables {
    pools = { "'; rm -rf" = { image = "ami-0123456789abcdef0" } }
  }
  expect_failures = [var.pools]
}

run "pool_image_by_name" {
  command = plan
  variables {
    pools = { blue = { image = "fedora-coreos-stable" } }
  }
  expect_failures = [var.pools]
}

run "pool_size_negative" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", size = -1 } }
  }
  expect_failures = [var.pools]
}

run "pool_size_broken" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", size = 1.5 } }
  }
  expect_failures = [var.pools]
}

run "pools_too_large" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", size = 3000 }, green = { image = "ami-0123456789abcdef0", size = 2001 } }
  }
  expect_failures = [var.pools]
}

run "pool_disk_too_small" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", disk_size = 4 } }
  }
  expect_failures = [var.pools]
}

run "pool_weight_above_100" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", weight = 101 } }
  }
  expect_failures = [var.pools]
}

run "pool_without_zones" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", zones = [] } }
  }
  expect_failures = [var.pools]
}

run "pool_in_a_foreign_zone" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", zones = ["eu-west-1a"] } }
  }
  expect_failures = [var.pools]
}

run "pool_machine_type" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", machine_type = "large" } }
  }
  expect_failures = [var.pools]
}

run "pool_label_name" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", labels = { "Team" = "web" } } }
  }
  expect_failures = [var.pools]
}

run "pool_label_text" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", labels = { team = "a;b" } } }
  }
  expect_failures = [var.pools]
}

run "nobody_gets_the_traffic" {
  command = plan
  variables {
    balancer = {}
    pools    = { blue = { image = "ami-0123456789abcdef0", weight = 0 } }
  }
  expect_failures = [var.pools]
}

run "six_pools" {
  command = plan
  variables {
    balancer = {}
    pools    = { for name in ["a", "b", "c", "d", "e", "f"] : name => { image = "ami-0123456789abcdef0", weight = 1 } }
  }
  expect_failures = [var.pools]
}

run "no_zones" {
  command = plan
  variables {
    zones = []
  }
  expect_failures = [var.zones]
}

run "zone_twice" {
  command = plan
  variables {
    zones = ["eu-central-1a", "eu-central-1a"]
  }
  expect_failures = [var.zones]
}

run "region_for_a_zone" {
  command = plan
  variables {
    zones = ["eu-central-1"]
  }
  expect_failures = [var.zones]
}

run "machine_type" {
  command = plan
  variables {
    machine_type = "large"
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
    disk_type = "st1"
  }
  expect_failures = [var.disk_type]
}

run "user" {
  command = plan
  variables {
    user = "-oProxyCommand=x"
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

run "no_ssh_key" {
  command = plan
  variables {
    ssh_authorized_keys = []
    first_boot          = "#cloud-config"
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "ssh_key_that_is_none" {
  command = plan
  variables {
    ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA x", "AAAA"]
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "ssh_key_of_two_lines" {
  command = plan
  variables {
    ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA x\nssh-ed25519 AAAA y"]
  }
  expect_failures = [var.ssh_authorized_keys]
}

run "ssh_key_that_ec2_does_not_take" {
  command = plan
  variables {
    ssh_authorized_keys = ["ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY= x"]
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
    first_boot = "#cloud-config\n${join("", [for number in range(1000) : "seventeen letters"])}"
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

run "host_key_that_is_none" {
  command = plan
  variables {
    host_keys = { demo-blue-1 = ["SHA256:abc"] }
  }
  expect_failures = [var.host_keys]
}

run "host_key_authority_that_is_none" {
  command = plan
  variables {
    host_key_authority = "@cert-authority * ssh-ed25519 AAAA"
  }
  expect_failures = [var.host_key_authority]
}

run "label_name" {
  command = plan
  variables {
    labels = { "aws:x" = "web" }
  }
  expect_failures = [var.labels]
}

run "label_text" {
  command = plan
  variables {
    labels = { team = "a\nb" }
  }
  expect_failures = [var.labels]
}

run "network_vpc" {
  command = plan
  variables {
    network = { vpc_id = "default", subnets = { eu-central-1a = "subnet-0aaaaaaa", eu-central-1b = "subnet-0bbbbbbb" }, public_subnets = {} }
  }
  expect_failures = [var.network]
}

run "network_subnet" {
  command = plan
  variables {
    network = { vpc_id = "vpc-0123456789abcdef0", subnets = { eu-central-1a = "subnet-x", eu-central-1b = "subnet-0bbbbbbb" }, public_subnets = {} }
  }
  expect_failures = [var.network]
}

run "network_without_a_zone" {
  command = plan
  variables {
    network = { vpc_id = "vpc-0123456789abcdef0", subnets = { eu-central-1a = "subnet-0aaaaaaa" }, public_subnets = {} }
  }
  expect_failures = [var.network]
}

run "network_without_room_for_the_bastion" {
  command = plan
  variables {
    bastion = { image = "ami-0123456789abcdef0" }
    network = { vpc_id = "vpc-0123456789abcdef0", subnets = { eu-central-1a = "subnet-0aaaaaaa", eu-central-1b = "subnet-0bbbbbbb" }, public_subnets = { eu-central-1b = "subnet-0bbbbbbb" } }
  }
  expect_failures = [var.network]
}

run "network_without_room_for_a_public_balancer" {
  command = plan
  variables {
    balancer = { public = true, from = ["0.0.0.0/0"] }
    network  = { vpc_id = "vpc-0123456789abcdef0", subnets = { eu-central-1a = "subnet-0aaaaaaa", eu-central-1b = "subnet-0bbbbbbb" }, public_subnets = { eu-central-1a = "subnet-0aaaaaaa" } }
  }
  expect_failures = [var.network]
}

run "network_cidr_too_small" {
  command = plan
  variables {
    network_cidr = "10.0.0.0/24"
  }
  expect_failures = [var.network_cidr]
}

run "network_cidr_of_a_host" {
  command = plan
  variables {
    network_cidr = "10.0.0.1/16"
  }
  expect_failures = [var.network_cidr]
}

run "network_cidr_of_ipv6" {
  command = plan
  variables {
    network_cidr = "fd00::/16"
  }
  expect_failures = [var.network_cidr]
}

run "public_addresses_behind_a_bastion" {
  command = plan
  variables {
    public_addresses = true
    bastion          = { image = "ami-0123456789abcdef0" }
  }
  expect_failures = [var.public_addresses]
}

run "public_addresses_behind_a_jump_host" {
  command = plan
  variables {
    public_addresses = true
    jump             = [{ address = "203.0.113.5", user = "gate" }]
  }
  expect_failures = [var.public_addresses]
}

run "ssh_from_an_address" {
  command = plan
  variables {
    ssh_from = ["203.0.113.5"]
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
    bastion = { image = "latest" }
  }
  expect_failures = [var.bastion]
}

run "bastion_machine_type" {
  command = plan
  variables {
    bastion = { image = "ami-0123456789abcdef0", machine_type = "large" }
  }
  expect_failures = [var.bastion]
}

run "bastion_user" {
  command = plan
  variables {
    bastion = { image = "ami-0123456789abcdef0", user = "a b" }
  }
  expect_failures = [var.bastion]
}

run "bastion_port" {
  command = plan
  variables {
    bastion = { image = "ami-0123456789abcdef0", port = 0 }
  }
  expect_failures = [var.bastion]
}

run "bastion_first_boot" {
  command = plan
  variables {
    bastion = { image = "ami-0123456789abcdef0", first_boot = "" }
  }
  expect_failures = [var.bastion]
}

run "bastion_first_boot_butane" {
  command = plan
  variables {
    bastion = { image = "ami-0123456789abcdef0", first_boot = "variant: fcos" }
  }
  expect_failures = [var.bastion]
}

run "bastion_first_boot_too_large" {
  command = plan
  variables {
    bastion = { image = "ami-0123456789abcdef0", first_boot = "#cloud-config\n${join("", [for block in range(1000) : join("", [for number in range(10) : "seventeen letters"])])}" }
  }
  expect_failures = [var.bastion]
}

run "bastion_host_key" {
  command = plan
  variables {
    bastion = { image = "ami-0123456789abcdef0", host_keys = ["x"] }
  }
  expect_failures = [var.bastion]
}

run "bastion_host_key_authority" {
  command = plan
  variables {
    bastion = { image = "ami-0123456789abcdef0", host_key_authority = "x" }
  }
  expect_failures = [var.bastion]
}

run "jump_too_long" {
  command = plan
  variables {
    jump = [for number in range(9) : { address = "203.0.113.${number}", user = "gate" }]
  }
  expect_failures = [var.jump]
}

run "jump_too_long_with_the_bastion" {
  command = plan
  variables {
    bastion = { image = "ami-0123456789abcdef0" }
    jump    = [for number in range(8) : { address = "192.0.2.${number}", user = "me" }]
  }
  expect_failures = [var.jump]
}

run "jump_address" {
  command = plan
  variables {
    jump = [{ address = "gate; id", user = "gate" }]
  }
  expect_failures = [var.jump]
}

run "jump_user" {
  command = plan
  variables {
    jump = [{ address = "203.0.113.5", user = "" }]
  }
  expect_failures = [var.jump]
}

run "jump_port" {
  command = plan
  variables {
    jump = [{ address = "203.0.113.5", user = "gate", port = 70000 }]
  }
  expect_failures = [var.jump]
}

run "jump_host_key" {
  command = plan
  variables {
    jump = [{ address = "203.0.113.5", user = "gate", host_keys = ["x"] }]
  }
  expect_failures = [var.jump]
}

run "balancer_port" {
  command = plan
  variables {
    balancer = { port = 0 }
  }
  expect_failures = [var.balancer]
}

run "balancer_health_path" {
  command = plan
  variables {
    balancer = { health_path = "healthz" }
  }
  expect_failures = [var.balancer]
}

run "balancer_health_interval" {
  command = plan
  variables {
    balancer = { health_interval = 1 }
  }
  expect_failures = [var.balancer]
}

run "public_balancer_for_nobody" {
  command = plan
  variables {
    balancer = { public = true }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_an_address" {
  command = plan
  variables {
    balancer = { from = ["203.0.113.5"] }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_ipv6" {
  command = plan
  variables {
    balancer = { from = ["2001:db8::/32"] }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_a_host_of_a_network" {
  command = plan
  variables {
    balancer = { from = ["203.0.113.7/24"] }
  }
  expect_failures = [var.balancer]
}

run "balancer_from_nobody" {
  command = plan
  variables {
    balancer = { from = [] }
  }
  expect_failures = [var.balancer]
}

run "balancer_in_one_zone" {
  command = plan
  variables {
    balancer = {}
    zones    = ["eu-central-1a"]
  }
  expect_failures = [var.balancer]
}

run "balancer_that_aws_would_refuse" {
  command = plan
  variables {
    balancer = {}
    name     = "internal-web"
  }
  expect_failures = [var.balancer]
}

run "nine_zones" {
  command = plan
  variables {
    zones = [for letter in ["a", "b", "c", "d", "e", "f", "g", "h", "i"] : "eu-central-1${letter}"]
  }
  expect_failures = [var.network]
}

run "pool_with_a_zone_twice" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", zones = ["eu-central-1a", "eu-central-1a"] } }
  }
  expect_failures = [var.pools]
}
