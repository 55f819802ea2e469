# What the output fleet says once everything is made, and what it takes to remove a pool.

mock_provider "aws" {
  mock_resource "aws_instance" {
    defaults = { id = "i-0123456789abcdef0", private_ip = "10.77.0.9", public_ip = "" }
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
  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA x"]
  labels              = { team = "web" }
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

run "made" {
  command = apply

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
    pools = { blue = { image = "ami-0123456789abcdef0", weight = 100 } }
  }
  expect_failures = [aws_lb_listener.this[0]]
}

run "public_address" {
  command = apply
  variables {
    jump             = []
    bastion          = null
    public_addresses = true
  }
  override_resource {
    target = aws_instance.host
    values = { public_ip = "203.0.113.9", private_ip = "10.77.128.9" }
  }
  assert {
    condition     = output.fleet.hosts[0].address == "203.0.113.9" && output.fleet.hosts[0].jump == []
    error_message = "the address is the public one, reached directly"
  }
}
