# What the output says of a fleet that was made, and what becomes of it when things change.

mock_provider "openstack" {
  mock_resource "openstack_compute_instance_v2" {
    defaults = { access_ip_v4 = "10.77.0.9" }
  }
  mock_resource "openstack_lb_loadbalancer_v2" {
    defaults = { id = "lb-1", vip_address = "10.77.0.5", vip_port_id = "port-vip" }
  }
  mock_resource "openstack_lb_listener_v2" {
    defaults = { id = "listener-1" }
  }
  mock_resource "openstack_lb_pool_v2" {
    defaults = { id = "pool-1", region = "RegionOne" }
  }
  mock_resource "openstack_networking_floatingip_v2" {
    defaults = { address = "203.0.113.77" }
  }
}

variables {
  name                = "demo"
  zones               = ["az1", "az2"]
  machine_type        = "m1.small"
  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDemo demo"]
  external_network    = "public"
  labels              = { team = "web" }
  pools = {
    blue  = { image = "11111111-1111-4111-8111-111111111111", size = 2, weight = 100 }
    green = { image = "22222222-2222-4222-8222-222222222222", labels = { ring = "canary" }, disk_size = 10 }
  }
  balancer = {}
  bastion = {
    image     = "44444444-4444-4444-8444-444444444444"
    host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBastionBastionBastionBastionBastionBasti"]
  }
  jump               = [{ address = "jump.example.org", user = "jump", host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJumpJumpJumpJumpJumpJumpJumpJumpJumpJumpJ"] }]
  host_keys          = { demo-blue-1 = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHostHostHostHostHostHostHostHostHostHostH"] }
  host_key_authority = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAuthorityAuthorityAuthorityAuthorityAut"
}

run "made" {
  assert {
    condition     = output.fleet.schema == "atomic.fleet/fleet/v1" && output.fleet.name == "demo" && length(output.fleet.hosts) == 3
    error_message = "the contract of three hosts"
  }
  assert {
    condition = { for field, value in output.fleet.hosts[0] : field => jsonencode(value) if !contains(["id", "jump"], field) } == {
      name               = "\"demo-blue-1\""
      address            = "\"10.77.0.9\""
      user               = "\"core\""
      port               = "22"
      host_keys          = "[\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHostHostHostHostHostHostHostHostHostHostH\"]"
      host_key_authority = "\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAuthorityAuthorityAuthorityAuthorityAut\""
      cloud              = "\"openstack\""
      pool               = "\"blue\""
      zone               = "\"az1\""
      image              = "\"11111111-1111-4111-8111-111111111111\""
      labels             = "{\"team\":\"web\"}"
    }
    error_message = "a host as the contract wants it"
  }
  assert {
    condition     = join(" ", [for hop in output.fleet.hosts[0].jump : "${hop.user}@${hop.address}:${hop.port} ${length(hop.host_keys)}"]) == "jump@jump.example.org:22 1 core@203.0.113.77:22 1"
    error_message = "the chain brought along, then the bastion"
  }
  assert {
    condition     = output.fleet.hosts[0].id == openstack_compute_instance_v2.host["demo-blue-1"].id && output.fleet.hosts[2].image == "22222222-2222-4222-8222-222222222222" && length(output.fleet.hosts[2].host_keys) == 0
    error_message = "the machine's own id; its image, also where it boots from a volume; keys that are not known are none"
  }
  assert {
    condition     = output.fleet.hosts[2].labels == tomap({ ring = "canary", team = "web" })
    error_message = "the pool's labels over the module's"
  }
  assert {
    condition = jsonencode(output.fleet.traffic) == jsonencode([{
      name     = "web"
      adapter  = "octavia"
      address  = "10.77.0.5"
      port     = 80
      settings = { region = "RegionOne", load_balancer_id = "lb-1", listener_id = "listener-1", pool_id = "pool-1", drain_seconds = "10" }
      pools = {
        blue  = { share = 100, settings = { member_tag = "atomic-fleet-pool=blue" } }
        green = { share = 0, settings = { member_tag = "atomic-fleet-pool=green" } }
      }
    }])
    error_message = "what is needed to move the traffic"
  }
  assert {
    condition     = output.balancer_address == "10.77.0.5"
    error_message = "the balancer's address"
  }
}

run "another_weight" {
  variables {
    pools = {
      blue  = { image = "11111111-1111-4111-8111-111111111111", size = 2, weight = 0 }
      green = { image = "22222222-2222-4222-8222-222222222222", labels = { ring = "canary" }, disk_size = 10, weight = 100 }
    }
  }

  assert {
    condition     = output.fleet.traffic[0].pools.blue.share == 100 && output.fleet.traffic[0].pools.green.share == 0
    error_message = "a changed weight moves no traffic, and the share stays what the balancer does"
  }
}

run "another_host_of_another_weight" {
  command = plan
  variables {
    pools = {
      blue  = { image = "11111111-1111-4111-8111-111111111111", size = 3, weight = 10 }
      green = { image = "22222222-2222-4222-8222-222222222222", labels = { ring = "canary" }, disk_size = 10, weight = 100 }
    }
  }
  expect_failures = [check.weights]

  assert {
    condition     = output.fleet.traffic[0].pools.blue.share == 70
    error_message = "where members differ, the share is their rounded mean"
  }
}

run "another_first_boot" {
  command = plan
  variables {
    first_boot          = "{\"ignition\": {\"version\": \"3.4.0\"}}"
    ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOtherOtherOtherOtherOtherOtherOtherOtherO"]
  }

  assert {
    condition     = openstack_compute_instance_v2.host["demo-blue-1"].id == run.made.fleet.hosts[0].id && openstack_compute_instance_v2.host["demo-blue-1"].user_data == null
    error_message = "what is for the first boot touches no host that has had it"
  }
}

run "another_image" {
  variables {
    pools = {
      blue  = { image = "11111111-1111-4111-8111-111111111111", size = 2, weight = 100 }
      green = { image = "77777777-7777-4777-8777-777777777777", labels = { ring = "canary" } }
    }
  }

  assert {
    condition     = output.fleet.hosts[2].id != run.made.fleet.hosts[2].id && output.fleet.hosts[2].image == "77777777-7777-4777-8777-777777777777"
    error_message = "a changed image makes new hosts"
  }
  assert {
    condition     = openstack_compute_instance_v2.host["demo-green-1"].network[0].port == openstack_networking_port_v2.host[local.port_names["demo-green-1"]].id
    error_message = "with ports of their own, beside those of the old hosts"
  }
  assert {
    condition     = output.fleet.hosts[0].id == run.made.fleet.hosts[0].id && output.fleet.hosts[1].id == run.made.fleet.hosts[1].id
    error_message = "and leaves the other pool alone"
  }
}

run "another_zone" {
  variables {
    pools = {
      blue  = { image = "11111111-1111-4111-8111-111111111111", size = 2, weight = 100, zones = ["az2", "az1"] }
      green = { image = "77777777-7777-4777-8777-777777777777", labels = { ring = "canary" } }
    }
  }

  assert {
    condition     = output.fleet.hosts[0].id != run.made.fleet.hosts[0].id && output.fleet.hosts[0].zone == "az2" && output.fleet.hosts[2].id == run.another_image.fleet.hosts[2].id
    error_message = "a machine does not move: another takes its place"
  }
}

run "public_addresses" {
  variables {
    bastion          = null
    jump             = []
    public_addresses = true
    balancer         = null
    host_keys        = {}
  }

  assert {
    condition     = alltrue([for host in output.fleet.hosts : host.address == "203.0.113.77" && length(host.jump) == 0]) && length(output.fleet.traffic) == 0 && output.balancer_address == null
    error_message = "the floating IP is the address then; and no balancer, no traffic"
  }
}
