# What a plan says, and what a second one says after the world has moved on.

mock_provider "azurerm" {
  mock_resource "azurerm_network_interface" {
    defaults = { private_ip_address = "10.77.0.4" }
  }
  mock_resource "azurerm_public_ip" {
    defaults = { ip_address = "198.51.100.7" }
  }
  mock_resource "azurerm_lb" {
    defaults = { private_ip_address = "10.77.0.9" }
  }
  mock_data "azurerm_client_config" {
    defaults = { subscription_id = "00000000-0000-0000-0000-000000000000" }
  }
}

variables {
  name                = "demo"
  location            = "westeurope"
  zones               = ["1", "2", "3"]
  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTse/js7yKde/+Le9kKglAIeOQIPwp5BQ/g me@example.org"]
  labels              = { team = "web" }
  balancer            = {}
  pools = {
    blue = {
      image  = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001"
      size   = 4
      weight = 100
      labels = { role = "blue", team = "core" }
    }
    green = {
      image        = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos-44.20260801.3.1"
      size         = 2
      zones        = ["3", "1"]
      machine_type = "Standard_E4s_v5"
      disk_size    = 64
    }
  }
}

run "two_pools" {
  command = plan

  assert {
    condition     = join(" ", [for host in output.fleet.hosts : host.name]) == "demo-blue-1 demo-blue-2 demo-blue-3 demo-blue-4 demo-green-1 demo-green-2"
    error_message = "hosts are called NAME-POOL-NUMBER"
  }
  assert {
    condition     = join("", [for host in output.fleet.hosts : host.zone]) == "123131"
    error_message = "a pool's hosts are dealt over its zones in turn"
  }
  assert {
    condition     = alltrue([for name, host in module.host : host.machine == "${name}-${substr(sha256(host.image), 0, 6)}"])
    error_message = "a machine is named after host and image"
  }
  assert {
    condition     = local.hosts["demo-green-1"].machine_type == "Standard_E4s_v5" && local.hosts["demo-green-1"].disk_size == 64 && local.hosts["demo-blue-1"].machine_type == "Standard_D2s_v5" && local.hosts["demo-blue-1"].disk_size == 20
    error_message = "a pool's own size and disk, else the module's"
  }
  assert {
    condition     = azurerm_virtual_network.fleet[0].tags == tomap({ team = "web", atomic-fleet = "demo" })
    error_message = "labels are tags"
  }
  assert {
    condition     = output.fleet.hosts[0].labels == tomap({ team = "core", role = "blue" }) && output.fleet.hosts[4].labels == tomap({ team = "web" })
    error_message = "labels stand in the contract, without our own tags"
  }
  assert {
    condition     = azurerm_resource_group.fleet[0].name == "demo" && output.resource_group_name == "demo"
    error_message = "a resource group is made where none is brought along"
  }
  assert {
    condition     = azurerm_virtual_network.fleet[0].address_space == toset(["10.77.0.0/16"]) && azurerm_subnet.hosts[0].address_prefixes == tolist(["10.77.0.0/17"]) && !azurerm_subnet.hosts[0].default_outbound_access_enabled
    error_message = "a network is made, whose subnet has no way out of its own"
  }
  assert {
    condition     = length(azurerm_lb.egress) == 1 && length(azurerm_public_ip.egress) == 1 && azurerm_lb_outbound_rule.egress[0].allocated_outbound_ports == 1024
    error_message = "hosts go out by one address of a load balancer of their own"
  }
}

run "access" {
  command = plan

  variables {
    ssh_from = ["203.0.113.0/24"]
  }

  assert {
    condition     = { for name, rule in azurerm_network_security_rule.hosts : name => "${rule.access} ${rule.priority} ${rule.destination_port_range}" } == { ssh = "Allow 100 22", probe = "Allow 110 8080", clients = "Allow 120 8080" }
    error_message = "hosts are reached on port 22 and the balancer's host_port alone"
  }
  assert {
    condition     = azurerm_network_security_rule.hosts["ssh"].source_address_prefixes == toset(["203.0.113.0/24"]) && azurerm_network_security_rule.hosts["probe"].source_address_prefix == "AzureLoadBalancer" && azurerm_network_security_rule.hosts["clients"].source_address_prefixes == toset(["10.77.0.0/16"])
    error_message = "from ssh_from, from Azure's probes, and from the network"
  }
  assert {
    condition     = azurerm_network_security_rule.hosts_rest.access == "Deny" && azurerm_network_security_rule.hosts_rest.priority == 4096 && azurerm_network_security_rule.hosts_rest.source_address_prefix == "*"
    error_message = "the network itself is not let in by Azure's own rules"
  }
}

run "internal_balancer" {
  command = plan

  variables {
    balancer = { port = 443, host_port = 9443, health_path = "/ready", health_interval = 5, from = ["10.0.0.0/8"] }
  }

  assert {
    condition     = azurerm_lb.balancer[0].sku == "Standard" && length(azurerm_lb.balancer[0].frontend_ip_configuration) == 1 && azurerm_lb.balancer[0].frontend_ip_configuration[0].zones == toset(["1", "2", "3"]) && length(azurerm_public_ip.balancer) == 0
    error_message = "a balancer of the network, in all zones"
  }
  assert {
    condition     = azurerm_lb_probe.web[0].protocol == "Http" && azurerm_lb_probe.web[0].port == 9443 && azurerm_lb_probe.web[0].request_path == "/ready" && azurerm_lb_probe.web[0].interval_in_seconds == 5
    error_message = "it asks the hosts as it was told"
  }
  assert {
    condition     = azurerm_lb_rule.web[0].frontend_port == 443 && azurerm_lb_rule.web[0].backend_port == 9443 && azurerm_network_security_rule.hosts["clients"].source_address_prefixes == toset(["10.0.0.0/8"])
    error_message = "its ports and its clients"
  }
  assert {
    condition     = [for name, host in module.host : name if host.first_member] == ["demo-blue-1", "demo-blue-2", "demo-blue-3", "demo-blue-4"]
    error_message = "the pool with a weight takes traffic at first, the other one does not"
  }
}

run "public_balancer" {
  command = plan

  variables {
    balancer = { public = true, from = ["0.0.0.0/0"] }
  }

  assert {
    condition     = length(azurerm_public_ip.balancer) == 1 && [for frontend in azurerm_lb.balancer[0].frontend_ip_configuration : frontend.name] == ["web", "egress-1"] && length(azurerm_lb.egress) == 0
    error_message = "hosts go out by the public balancer, at an address of its own"
  }
  assert {
    condition     = azurerm_lb_rule.web[0].disable_outbound_snat
    error_message = "the rule's address is not for going out"
  }
}

run "no_balancer" {
  command = plan

  variables {
    balancer = null
  }

  assert {
    condition     = length(output.fleet.traffic) == 0 && output.balancer_address == null && length(azurerm_lb.balancer) == 0 && !anytrue([for host in module.host : host.first_member])
    error_message = "no balancer, no traffic"
  }
  assert {
    condition     = length(azurerm_network_security_rule.hosts) == 0
    error_message = "and nothing is let in"
  }
}

run "brought_along" {
  command = plan

  variables {
    resource_group_name = "mine"
    network = {
      subnet_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/hosts"
      cidr      = "10.4.0.0/16"
    }
  }

  assert {
    condition     = length(azurerm_resource_group.fleet) == 0 && length(azurerm_virtual_network.fleet) == 0 && length(azurerm_subnet.hosts) == 0 && length(azurerm_lb.egress) == 0
    error_message = "nothing is made that was brought along, and no way out"
  }
  assert {
    condition     = azurerm_network_security_group.hosts.resource_group_name == "mine" && local.subnet_id == var.network.subnet_id
    error_message = "hosts stand where they were told"
  }
  assert {
    condition     = output.network_id == "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub" && output.fleet.traffic[0].settings.virtual_network_id == output.network_id && output.fleet.traffic[0].settings.resource_group == "mine"
    error_message = "the swap is told where"
  }
  assert {
    condition     = azurerm_network_security_rule.hosts["clients"].source_address_prefixes == toset(["10.4.0.0/16"])
    error_message = "the network's own addresses reach the balancer"
  }
}

run "public_hosts" {
  command = plan

  variables {
    public_addresses = true
  }

  assert {
    condition     = length(azurerm_lb.egress) == 0 && !local.egress
    error_message = "hosts with an address of their own go out by it"
  }
}

run "bastion" {
  command = apply

  variables {
    ssh_from = ["203.0.113.0/24"]
    bastion  = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/jump", user = "jump", port = 2222 }
    jump     = [{ address = "jump.example.org", user = "me" }]
    host_keys = {
      demo-blue-1 = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTse"]
    }
    host_key_authority = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTsf"
  }

  assert {
    condition     = [for hop in output.fleet.hosts[0].jump : "${hop.user}@${hop.address}:${hop.port}"] == ["me@jump.example.org:22", "jump@198.51.100.7:2222"]
    error_message = "the bastion is the last hop"
  }
  assert {
    condition     = azurerm_network_security_rule.hosts["ssh"].source_address_prefixes == toset(["10.77.0.4/32"]) && azurerm_network_security_rule.bastion[0].source_address_prefixes == toset(["203.0.113.0/24"]) && azurerm_network_security_rule.bastion[0].destination_port_range == "2222"
    error_message = "only the bastion reaches hosts, only ssh_from the bastion"
  }
  assert {
    condition     = output.fleet.hosts[0].address == "10.77.0.4" && output.fleet.hosts[0].port == 22 && output.fleet.hosts[0].user == "core" && output.fleet.hosts[0].cloud == "azure"
    error_message = "hosts are reached by their private addresses"
  }
  assert {
    condition     = output.fleet.hosts[0].host_keys == tolist(["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTse"]) && length(output.fleet.hosts[1].host_keys) == 0 && output.fleet.hosts[1].host_key_authority == "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTsf"
    error_message = "keys stand in the contract once they are known"
  }
  assert {
    condition     = output.fleet.traffic[0].adapter == "azure_lb" && output.fleet.traffic[0].address == "10.77.0.9" && output.balancer_address == "10.77.0.9" && output.fleet.traffic[0].port == 80
    error_message = "the contract says where clients go"
  }
  assert {
    condition     = output.fleet.traffic[0].pools["blue"].share == null && length(jsondecode(output.fleet.traffic[0].pools["blue"].settings.addresses)) == 4 && length(jsondecode(output.fleet.traffic[0].pools["green"].settings.addresses)) == 2
    error_message = "Terraform cannot see shares, and tells the swap the addresses of every pool"
  }
  assert {
    condition     = output.fleet.traffic[0].settings.load_balancer == "demo" && output.fleet.traffic[0].settings.backend_pool == "web" && output.fleet.traffic[0].settings.rule == "web" && output.fleet.traffic[0].settings.subscription_id == "00000000-0000-0000-0000-000000000000"
    error_message = "the adapter finds its way"
  }
  assert {
    condition     = output.fleet.pools["green"] == { image = var.pools["green"].image, size = 2, zones = tolist(["3", "1"]) }
    error_message = "pools as asked for"
  }
}

# From here on the hosts of the run before exist, and the swap has moved traffic to green since.

run "weights_are_for_the_first_time_only" {
  command = plan

  variables {
    ssh_from = ["203.0.113.0/24"]
    bastion  = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/jump" }
    pools = {
      blue  = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260707.3001", size = 4 }
      green = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos-44.20260801.3.1", size = 3, weight = 100 }
    }
  }

  assert {
    condition     = [for name, host in module.host : name if host.first_member] == ["demo-blue-1", "demo-blue-2", "demo-blue-3", "demo-blue-4"]
    error_message = "other weights move nothing, and a further host comes in by the swap alone"
  }
}

run "a_replaced_machine_does_not_come_in_by_itself" {
  command = plan

  variables {
    ssh_from = ["203.0.113.0/24"]
    bastion  = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/jump" }
    pools = {
      blue  = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic/images/fcos/versions/44.20260901.3001", size = 4, weight = 100 }
      green = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos-44.20260801.3.1", size = 2 }
    }
  }

  assert {
    condition     = !anytrue([for host in module.host : host.first_member])
    error_message = "the idle pool's new machines would take traffic before they were gated"
  }
}

run "no_hosts" {
  command = plan

  variables {
    pools = {}
  }

  assert {
    condition     = length(output.fleet.hosts) == 0 && output.fleet.traffic[0].name == "web"
    error_message = "a fleet without hosts is a fleet"
  }
}

run "five_thousand_hosts" {
  command = plan

  # What is asked for is counted here; planning every one of them takes longer than a test may.
  plan_options {
    target = [azurerm_lb_outbound_rule.egress]
  }

  variables {
    balancer = null
    pools    = { blue = { image = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos", size = 5000 } }
  }

  assert {
    condition     = length(local.hosts) == 5000 && local.hosts["demo-blue-5000"].zone == "2" && length(azurerm_public_ip.egress) == 10 && azurerm_lb_outbound_rule.egress[0].allocated_outbound_ports == 64
    error_message = "more hosts, more addresses to go out by, fewer ports each"
  }
}
