# What a plan says before anything was made.

mock_provider "openstack" {
  mock_data "openstack_networking_network_v2" {
    defaults = { id = "33333333-3333-4333-8333-333333333333" }
  }
  mock_data "openstack_networking_subnet_v2" {
    defaults = { cidr = "192.168.5.0/24" }
  }
}

variables {
  name                = "demo"
  zones               = ["az1", "az2"]
  machine_type        = "m1.small"
  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDemo demo"]
  labels              = { team = "web" }
  pools = {
    blue  = { image = "11111111-1111-4111-8111-111111111111", size = 3, weight = 100 }
    green = { image = "22222222-2222-4222-8222-222222222222", size = 2, zones = ["az2"], machine_type = "m1.large", labels = { team = "lab", ring = "canary" } }
  }
}

run "two_pools" {
  command = plan

  assert {
    condition     = join(" ", keys(openstack_compute_instance_v2.host)) == "demo-blue-1 demo-blue-2 demo-blue-3 demo-green-1 demo-green-2"
    error_message = "hosts are named NAME-POOL-NUMBER"
  }
  assert {
    condition     = join(" ", [for host in openstack_compute_instance_v2.host : host.availability_zone]) == "az1 az2 az1 az2 az2"
    error_message = "zones are dealt out in turn"
  }
  assert {
    condition     = join(" ", [for host in openstack_compute_instance_v2.host : "${host.flavor_name}:${substr(host.image_id, 0, 1)}"]) == "m1.small:1 m1.small:1 m1.small:1 m1.large:2 m1.large:2"
    error_message = "flavor and image are each pool's own"
  }
  assert {
    condition     = alltrue([for name, host in openstack_compute_instance_v2.host : host.name == name && host.config_drive && length(host.block_device) == 0 && host.user_data == null])
    error_message = "by default a machine is called as its host is, has a config drive, the flavor's disk, and nothing for its first boot but the key"
  }
  assert {
    condition     = openstack_compute_instance_v2.host["demo-green-1"].metadata == tomap({ atomic-fleet = "demo", atomic-fleet-pool = "green", ring = "canary", team = "lab" })
    error_message = "a pool's labels lie over the module's, and the fleet's own over both"
  }
  assert {
    condition     = openstack_networking_port_v2.host[local.port_names["demo-blue-1"]].tags == toset(["atomic-fleet=demo", "atomic-fleet-pool=blue", "team=web"]) && openstack_networking_network_v2.made[0].tags == toset(["atomic-fleet=demo", "team=web"])
    error_message = "what can carry tags carries them"
  }
  assert {
    condition     = join(" ", [for port in openstack_networking_port_v2.host : can(regex("-[0-9a-f]{6}$", port.name)) ? substr(port.name, 0, length(port.name) - 7) : "?"]) == "demo-blue-1 demo-blue-2 demo-blue-3 demo-green-1 demo-green-2"
    error_message = "a port has its host's name, and an end that says what machine it was made for"
  }
  assert {
    condition     = length(openstack_networking_router_v2.made) + length(openstack_networking_floatingip_v2.host) + length(openstack_compute_instance_v2.bastion) + length(openstack_lb_member_v2.host) == 0
    error_message = "no router, floating IP, bastion or balancer that nobody asked for"
  }
  assert {
    condition     = length(openstack_networking_secgroup_rule_v2.hosts_ssh) == 0 && length(openstack_networking_secgroup_rule_v2.hosts_balancer) == 0 && length(openstack_networking_secgroup_rule_v2.hosts_out) == 2 && openstack_networking_secgroup_v2.hosts.delete_default_rules
    error_message = "nothing may reach the hosts; they reach everything"
  }
  assert {
    condition     = openstack_networking_subnet_v2.made[0].cidr == "10.77.0.0/16" && output.balancer_address == null
    error_message = "the network is made, and no balancer is"
  }
}

run "balancer" {
  command = plan
  variables {
    balancer = { host_port = 8081, health_interval = 30 }
  }

  assert {
    condition     = join(" ", [for member in openstack_lb_member_v2.host : "${member.weight}:${member.protocol_port}"]) == "100:8081 100:8081 100:8081 0:8081 0:8081"
    error_message = "every host is a member, with its pool's weight"
  }
  assert {
    condition     = openstack_lb_listener_v2.web[0].protocol_port == 80 && openstack_lb_listener_v2.web[0].allowed_cidrs == tolist(["10.77.0.0/16"]) && length(openstack_networking_floatingip_v2.balancer) == 0
    error_message = "a balancer that is not public serves its own network"
  }
  assert {
    condition     = openstack_lb_monitor_v2.web[0].type == "HTTP" && openstack_lb_monitor_v2.web[0].url_path == "/healthz" && openstack_lb_monitor_v2.web[0].delay == 30 && openstack_lb_monitor_v2.web[0].timeout == 5
    error_message = "hosts are asked for their health"
  }
  assert {
    condition     = openstack_networking_secgroup_rule_v2.hosts_balancer[0].remote_ip_prefix == "10.77.0.0/16" && openstack_networking_secgroup_rule_v2.hosts_balancer[0].port_range_min == 8081
    error_message = "only the hosts' port is open, and to the subnet alone"
  }
  assert {
    condition     = openstack_lb_loadbalancer_v2.this[0].loadbalancer_provider == "amphora"
    error_message = "the provider is one that weighs members, whatever the cloud's default is"
  }
}

run "public_balancer" {
  command = plan
  variables {
    external_network = "public"
    balancer         = { port = 443, public = true, from = ["198.51.100.0/24", "203.0.113.0/24"] }
  }

  assert {
    condition     = openstack_networking_floatingip_v2.balancer[0].pool == "public" && openstack_lb_listener_v2.web[0].allowed_cidrs == tolist(["198.51.100.0/24", "203.0.113.0/24"])
    error_message = "a public balancer has a floating IP and serves whom it is told to"
  }
  assert {
    condition     = length(openstack_networking_router_interface_v2.made) == 1 && openstack_networking_router_v2.made[0].external_network_id == "33333333-3333-4333-8333-333333333333"
    error_message = "the network made gets a router"
  }
}

run "public_hosts" {
  command = plan
  variables {
    external_network = "public"
    public_addresses = true
    ssh_from         = ["203.0.113.0/24", "198.51.100.7/32"]
  }

  assert {
    condition     = length(openstack_networking_floatingip_v2.host) == 5 && alltrue([for ip in openstack_networking_floatingip_v2.host : ip.pool == "public"])
    error_message = "every host gets a floating IP"
  }
  assert {
    condition     = { for cidr, rule in openstack_networking_secgroup_rule_v2.hosts_ssh : cidr => "${rule.ethertype} ${rule.port_range_max}" } == { "198.51.100.7/32" = "IPv4 22", "203.0.113.0/24" = "IPv4 22" }
    error_message = "ssh is open to those named"
  }
}

run "bastion" {
  command = plan
  variables {
    external_network = "public"
    ssh_from         = ["203.0.113.0/24"]
    bastion          = { image = "44444444-4444-4444-8444-444444444444", port = 2222, first_boot = sensitive("{\"ignition\": {\"version\": \"3.4.0\"}}") }
  }

  assert {
    condition     = length(openstack_networking_secgroup_rule_v2.hosts_ssh) == 0 && length(openstack_networking_secgroup_rule_v2.hosts_ssh_bastion) == 1 && openstack_networking_secgroup_rule_v2.bastion_ssh["203.0.113.0/24"].port_range_min == 2222
    error_message = "only the bastion reaches the hosts' ssh, and only those named reach the bastion's"
  }
  assert {
    condition     = openstack_compute_instance_v2.bastion[0].availability_zone == "az1" && openstack_compute_instance_v2.bastion[0].flavor_name == "m1.small" && length(openstack_networking_floatingip_v2.host) == 0
    error_message = "it stands in the first zone, and alone has a floating IP"
  }
}

run "network_brought_along" {
  command = plan
  variables {
    network  = { id = "55555555-5555-4555-8555-555555555555", subnet_id = "66666666-6666-4666-8666-666666666666" }
    balancer = {}
  }

  assert {
    condition     = length(openstack_networking_network_v2.made) + length(openstack_networking_subnet_v2.made) + length(openstack_networking_router_v2.made) == 0 && output.network_id == "55555555-5555-4555-8555-555555555555"
    error_message = "no network is made"
  }
  assert {
    condition     = alltrue([for port in openstack_networking_port_v2.host : port.network_id == "55555555-5555-4555-8555-555555555555" && port.fixed_ip[0].subnet_id == "66666666-6666-4666-8666-666666666666"])
    error_message = "hosts stand in the subnet brought along"
  }
  assert {
    condition     = openstack_networking_secgroup_rule_v2.hosts_balancer[0].remote_ip_prefix == "192.168.5.0/24" && openstack_lb_listener_v2.web[0].allowed_cidrs == tolist(["192.168.5.0/24"])
    error_message = "its addresses are looked up"
  }
}

run "volumes" {
  command = plan
  variables {
    disk_size = 30
    disk_type = "encrypted"
    pools = {
      blue  = { image = "11111111-1111-4111-8111-111111111111" }
      green = { image = "22222222-2222-4222-8222-222222222222", disk_size = 40 }
    }
  }

  assert {
    condition     = { for name, host in openstack_compute_instance_v2.host : name => one(host.block_device).volume_size } == { demo-blue-1 = 30, demo-green-1 = 40 }
    error_message = "a volume of the pool's size, else of the module's"
  }
  assert {
    condition     = alltrue([for host in openstack_compute_instance_v2.host : one(host.block_device).delete_on_termination && one(host.block_device).volume_type == "encrypted" && one(host.block_device).boot_index == 0])
    error_message = "hosts boot from it, and it goes with them"
  }
}

run "first_boot" {
  command = plan
  variables {
    first_boot         = "{\"ignition\": {\"version\": \"3.4.0\"}}"
    first_boot_by_host = { demo-blue-2 = "#cloud-config" }
  }

  assert {
    condition     = openstack_compute_instance_v2.host["demo-blue-1"].user_data == "{\"ignition\": {\"version\": \"3.4.0\"}}" && openstack_compute_instance_v2.host["demo-blue-2"].user_data == "#cloud-config"
    error_message = "a host's own goes before everybody's"
  }
}

run "no_hosts" {
  command = plan
  variables {
    balancer = {}
    pools    = { blue = { image = "11111111-1111-4111-8111-111111111111", size = 0, weight = 70 } }
  }

  assert {
    condition     = length(openstack_compute_instance_v2.host) == 0 && length(openstack_lb_pool_v2.web) == 1
    error_message = "a balancer may wait for its hosts"
  }
}

run "no_pools" {
  command = plan
  variables {
    balancer = {}
    pools    = {}
  }

  assert {
    condition     = length(openstack_compute_instance_v2.host) == 0 && length(openstack_lb_pool_v2.web) == 1
    error_message = "a fleet without pools is a fleet"
  }
}
