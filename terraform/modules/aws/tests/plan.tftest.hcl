# What is planned, and at the end what the output fleet says of what was made.

mock_provider "aws" {
  mock_resource "aws_instance" {
    defaults = { id = "i-0123456789abcdef0", private_ip = "10.77.0.9", public_ip = "203.0.113.9" }
  }
  mock_resource "aws_eip" {
    defaults = { public_ip = "203.0.113.5" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/demo/1", dns_name = "demo.example.org" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:1:listener/app/demo/1/1" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }
  override_resource {
    target = aws_lb_target_group.pool["blue"]
    values = { arn = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/demo-blue/1" }
  }
  override_resource {
    target = aws_lb_target_group.pool["green"]
    values = { arn = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/demo-green/1" }
  }
}

variables {
  name                = "demo"
  zones               = ["eu-central-1a", "eu-central-1b"]
  ssh_authorized_keys = ["ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY= a", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA b"]
  pools = {
    blue  = { image = "ami-0123456789abcdef0", size = 3, weight = 100 }
    green = { image = "ami-0fedcba9876543210", size = 1 }
  }
}

run "smallest" {
  command = plan

  assert {
    condition     = join(" ", keys(aws_instance.host)) == "demo-blue-1 demo-blue-2 demo-blue-3 demo-green-1"
    error_message = "hosts are called NAME-POOL-NUMBER"
  }
  assert {
    condition     = join(" ", [for name, host in local.hosts : host.zone]) == "eu-central-1a eu-central-1b eu-central-1a eu-central-1a"
    error_message = "zones are dealt out in turn, to each pool from the first"
  }
  assert {
    condition     = aws_instance.host["demo-blue-1"].ami == "ami-0123456789abcdef0" && aws_instance.host["demo-green-1"].ami == "ami-0fedcba9876543210"
    error_message = "each pool has its image"
  }
  assert {
    condition     = alltrue([for host in aws_instance.host : host.instance_type == "t3.small" && !host.associate_public_ip_address && host.root_block_device[0].encrypted && host.root_block_device[0].volume_size == 20 && host.root_block_device[0].volume_type == "gp3"])
    error_message = "private machines with an encrypted gp3 disk of 20 GiB"
  }
  assert {
    condition     = alltrue([for host in aws_instance.host : host.metadata_options[0].http_tokens == "required" && host.metadata_options[0].http_put_response_hop_limit == 1])
    error_message = "the metadata service speaks version 2 only, one hop far"
  }
  assert {
    condition     = alltrue([for host in aws_instance.host : host.key_name == aws_key_pair.this[0].key_name]) && startswith(aws_key_pair.this[0].public_key, "ssh-ed25519 ")
    error_message = "EC2 hands over the first key that it takes"
  }
  assert {
    condition     = aws_vpc.this[0].cidr_block == "10.77.0.0/16" && join(" ", [for subnet in merge({ for zone, subnet in aws_subnet.private : "1${zone}" => subnet }, { for zone, subnet in aws_subnet.public : "2${zone}" => subnet }) : subnet.cidr_block]) == "10.77.0.0/20 10.77.16.0/20 10.77.128.0/20 10.77.144.0/20"
    error_message = "a network with a private and a public subnet for each zone"
  }
  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.private) == 1 && length(aws_internet_gateway.this) == 1
    error_message = "private hosts reach their updates through a NAT gateway"
  }
  assert {
    condition     = length(aws_lb.this) + length(aws_lb_target_group.pool) + length(aws_instance.bastion) + length(aws_vpc_security_group_ingress_rule.hosts_ssh) == 0
    error_message = "no balancer, no bastion and nobody at port 22, unless asked for"
  }
  assert {
    condition     = output.balancer_address == null
    error_message = "no balancer has no address"
  }
}

run "no_hosts" {
  command = plan
  variables {
    pools    = {}
    balancer = {}
    bastion  = { image = "ami-0123456789abcdef0" }
  }
  assert {
    condition     = length(aws_instance.host) == 0 && length(aws_lb.this) == 1 && length(aws_lb_listener.this) == 0
    error_message = "a fleet without pools is a fleet; its balancer has nowhere to send traffic yet"
  }
}

run "empty_pool" {
  command = plan
  variables {
    pools    = { blue = { image = "ami-0123456789abcdef0", size = 0, weight = 1 } }
    balancer = {}
  }
  assert {
    condition     = length(aws_instance.host) == 0 && join(" ", keys(aws_lb_target_group.pool)) == "blue"
    error_message = "the balancer knows a pool that has no hosts yet"
  }
}

run "many_hosts" {
  command = plan
  variables {
    pools = { blue = { image = "ami-0123456789abcdef0", size = 1025 } }
  }
  assert {
    condition     = length(aws_instance.host) == 1025 && local.hosts["demo-blue-1025"].zone == "eu-central-1a"
    error_message = "one pool may have more hosts than one range() has numbers"
  }
}

run "pools_of_their_own" {
  command = plan
  variables {
    labels = { team = "web", stage = "test" }
    pools = {
      edge = { image = "ami-0123456789abcdef0", size = 2, zones = ["eu-central-1b"], machine_type = "m7i.large", disk_size = 50, labels = { stage = "live" } }
    }
  }
  assert {
    condition     = alltrue([for host in aws_instance.host : host.instance_type == "m7i.large" && host.root_block_device[0].volume_size == 50]) && join(" ", [for host in local.hosts : host.zone]) == "eu-central-1b eu-central-1b"
    error_message = "type, disk and zones are each pool's own"
  }
  assert {
    condition     = aws_instance.host["demo-edge-1"].tags == tomap({ Name = "demo-edge-1", team = "web", stage = "live", atomic-fleet = "demo", atomic-fleet-pool = "edge" })
    error_message = "machines carry the labels, and which fleet and pool they belong to"
  }
  assert {
    condition     = aws_vpc.this[0].tags == tomap({ Name = "demo", team = "web", stage = "test", atomic-fleet = "demo" })
    error_message = "everything else carries the module's labels"
  }
}

run "first_boot" {
  command = plan
  variables {
    first_boot         = "{\"ignition\": {\"version\": \"3.4.0\"}}"
    first_boot_by_host = { demo-blue-2 = "#cloud-config" }
  }
  assert {
    condition     = base64decode(aws_instance.host["demo-blue-1"].user_data_base64) == "{\"ignition\": {\"version\": \"3.4.0\"}}" && base64decode(aws_instance.host["demo-blue-2"].user_data_base64) == "#cloud-config"
    error_message = "first_boot for all, first_boot_by_host in its place"
  }
}

run "public_addresses" {
  command = plan
  variables {
    public_addresses = true
    ssh_from         = ["203.0.113.0/24", "198.51.100.7/32"]
  }
  assert {
    condition     = alltrue([for host in aws_instance.host : host.associate_public_ip_address]) && length(aws_nat_gateway.this) == 0
    error_message = "hosts with addresses of their own need no NAT gateway"
  }
  assert {
    condition     = join(" ", [for rule in aws_vpc_security_group_ingress_rule.hosts_ssh : "${rule.cidr_ipv4}:${rule.from_port}-${rule.to_port}"]) == "198.51.100.7/32:22-22 203.0.113.0/24:22-22"
    error_message = "only ssh_from reaches port 22"
  }
}

run "without_nat" {
  command = plan
  variables {
    nat = false
  }
  assert {
    condition     = length(aws_nat_gateway.this) + length(aws_eip.nat) + length(aws_route.private) == 0
    error_message = "no NAT gateway, and no way to one"
  }
}

run "bastion" {
  command = plan
  variables {
    bastion  = { image = "ami-0aaaaaaaaaaaaaaaa", machine_type = "t3.nano", port = 2222 }
    ssh_from = ["203.0.113.0/24"]
  }
  assert {
    condition     = aws_instance.bastion[0].ami == "ami-0aaaaaaaaaaaaaaaa" && aws_instance.bastion[0].instance_type == "t3.nano" && aws_instance.bastion[0].associate_public_ip_address && aws_instance.bastion[0].metadata_options[0].http_tokens == "required" && aws_instance.bastion[0].root_block_device[0].encrypted
    error_message = "a bastion with a public address, as closed as the hosts"
  }
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.hosts_ssh) == 0 && aws_vpc_security_group_ingress_rule.hosts_ssh_bastion[0].from_port == 22 && aws_vpc_security_group_ingress_rule.bastion_ssh["203.0.113.0/24"].from_port == 2222
    error_message = "ssh_from reaches the bastion's port, only the bastion the hosts'"
  }
}

run "balancer" {
  command = plan
  variables {
    balancer = { host_port = 8081, health_path = "/ready", health_interval = 5 }
  }
  assert {
    condition     = aws_lb.this[0].name == "demo" && aws_lb.this[0].internal && join(" ", [for group in aws_lb_target_group.pool : "${group.name} ${group.port}"]) == "demo-blue 8081 demo-green 8081"
    error_message = "an inner balancer with a target group for each pool"
  }
  assert {
    condition     = alltrue([for group in aws_lb_target_group.pool : group.health_check[0].path == "/ready" && group.health_check[0].interval == 5 && group.health_check[0].timeout == 4])
    error_message = "health checks end before the next one begins"
  }
  assert {
    condition     = join(" ", keys(aws_lb_target_group_attachment.host)) == join(" ", keys(aws_instance.host)) && alltrue([for target in aws_lb_target_group_attachment.host : target.port == 8081])
    error_message = "every host is a target, on host_port"
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.hosts_balancer[0].from_port == 8081 && aws_vpc_security_group_egress_rule.balancer[0].to_port == 8081 && join(" ", [for rule in aws_vpc_security_group_ingress_rule.balancer : "${rule.cidr_ipv4} ${rule.from_port}"]) == "10.77.0.0/16 80"
    error_message = "the network reaches the balancer, the balancer host_port of the hosts"
  }
}

run "public_balancer" {
  command = plan
  variables {
    balancer = { public = true, port = 8000, from = ["0.0.0.0/0"] }
  }
  assert {
    condition     = !aws_lb.this[0].internal && join(" ", [for rule in aws_vpc_security_group_ingress_rule.balancer : "${rule.cidr_ipv4} ${rule.from_port}"]) == "0.0.0.0/0 8000"
    error_message = "a public balancer for whom from names"
  }
}

run "network_brought_along" {
  command = plan
  variables {
    balancer = {}
    bastion  = { image = "ami-0123456789abcdef0" }
    network = {
      vpc_id         = "vpc-0123456789abcdef0"
      subnets        = { eu-central-1a = "subnet-0aaaaaaa", eu-central-1b = "subnet-0bbbbbbb", eu-central-1c = "subnet-0ccccccc" }
      public_subnets = { eu-central-1a = "subnet-0ddddddd" }
    }
  }
  override_data {
    target = data.aws_vpc.brought[0]
    values = { cidr_block = "172.31.0.0/16" }
  }
  assert {
    condition     = length(aws_vpc.this) + length(aws_subnet.private) + length(aws_subnet.public) + length(aws_nat_gateway.this) + length(aws_internet_gateway.this) + length(aws_route_table.private) == 0
    error_message = "nothing of a network is made"
  }
  assert {
    condition     = join(" ", [for host in aws_instance.host : host.subnet_id]) == "subnet-0aaaaaaa subnet-0bbbbbbb subnet-0aaaaaaa subnet-0aaaaaaa" && aws_instance.bastion[0].subnet_id == "subnet-0ddddddd"
    error_message = "hosts stand in the subnets of their zones, the bastion in the public one of the first"
  }
  assert {
    condition     = aws_lb.this[0].subnets == toset(["subnet-0aaaaaaa", "subnet-0bbbbbbb"]) && aws_vpc_security_group_ingress_rule.balancer["network"].cidr_ipv4 == "172.31.0.0/16"
    error_message = "the balancer stands beside the hosts, for the network brought along"
  }
  assert {
    condition     = aws_security_group.hosts.vpc_id == "vpc-0123456789abcdef0" && output.network_id == "vpc-0123456789abcdef0"
    error_message = "the network is the one brought along"
  }
}

run "made" {
  command = apply
  variables {
    labels = { team = "web" }
    pools = {
      blue  = { image = "ami-0123456789abcdef0", weight = 100, labels = { stage = "live" } }
      green = { image = "ami-0fedcba9876543210", size = 0, zones = ["eu-central-1b"] }
    }
    jump               = [{ address = "198.51.100.7", user = "gate", port = 2200 }]
    bastion            = { image = "ami-0123456789abcdef0", host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB bastion"] }
    balancer           = {}
    host_keys          = { demo-blue-1 = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC host"], demo-blue-7 = [] }
    host_key_authority = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID ca"
  }

  assert {
    condition = jsonencode(output.fleet.hosts) == jsonencode([{
      address            = "10.77.0.9"
      cloud              = "aws"
      host_keys          = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC host"]
      host_key_authority = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID ca"
      id                 = "i-0123456789abcdef0"
      image              = "ami-0123456789abcdef0"
      jump = [
        { address = "198.51.100.7", user = "gate", port = 2200, host_keys = [], host_key_authority = null },
        { address = "203.0.113.5", user = "core", port = 22, host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB bastion"], host_key_authority = null },
      ]
      labels = { team = "web", stage = "live" }
      name   = "demo-blue-1"
      pool   = "blue"
      port   = 22
      user   = "core"
      zone   = "eu-central-1a"
    }])
    error_message = "the host as the contract has it: ${jsonencode(output.fleet.hosts)}"
  }
  assert {
    condition = jsonencode(output.fleet.pools) == jsonencode({
      blue  = { image = "ami-0123456789abcdef0", size = 1, zones = ["eu-central-1a", "eu-central-1b"] }
      green = { image = "ami-0fedcba9876543210", size = 0, zones = ["eu-central-1b"] }
    })
    error_message = "the pools as the contract has them: ${jsonencode(output.fleet.pools)}"
  }
  assert {
    condition = jsonencode(output.fleet.traffic) == jsonencode([{
      name    = "web"
      adapter = "aws_elbv2"
      address = "demo.example.org"
      port    = 80
      settings = {
        region            = "eu-central-1"
        load_balancer_arn = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/demo/1"
        listener_arn      = "arn:aws:elasticloadbalancing:eu-central-1:1:listener/app/demo/1/1"
      }
      pools = {
        blue  = { share = 100, settings = { target_group_arn = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/demo-blue/1" } }
        green = { share = 0, settings = { target_group_arn = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/demo-green/1" } }
      }
    }])
    error_message = "the balancer as the contract has it: ${jsonencode(output.fleet.traffic)}"
  }
  assert {
    condition     = output.fleet.schema == "atomic.fleet/fleet/v1" && output.fleet.name == "demo" && output.balancer_address == "demo.example.org"
    error_message = "schema, name and the balancer's address"
  }
}

run "weights_are_the_swaps" {
  command = plan
  variables {
    balancer = {}
    pools = {
      blue  = { image = "ami-0123456789abcdef0", weight = 0 }
      green = { image = "ami-0fedcba9876543210", size = 0, weight = 7 }
    }
  }
  assert {
    condition     = jsonencode({ for name, pool in output.fleet.traffic[0].pools : name => pool.share }) == jsonencode({ blue = 100, green = 0 })
    error_message = "a changed weight moves nothing"
  }
}

run "pool_that_the_listener_still_names" {
  command = plan
  variables {
    balancer = {}
    pools    = { blue = { image = "ami-0123456789abcdef0", weight = 100 } }
  }
  expect_failures = [aws_lb_listener.this[0]]
}

run "public_address" {
  command = plan
  variables {
    pools            = { blue = { image = "ami-0123456789abcdef0" } }
    public_addresses = true
  }
  assert {
    condition     = output.fleet.hosts[0].address == "203.0.113.9" && length(output.fleet.hosts[0].jump) == 0
    error_message = "the address is the public one, reached directly"
  }
  assert {
    condition     = length(output.fleet.traffic) == 0 && output.fleet.hosts[0].host_key_authority == null
    error_message = "no balancer, no SSH CA"
  }
}
