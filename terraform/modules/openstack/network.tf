data "openstack_networking_subnet_v2" "brought" {
  count = var.network == null ? 0 : 1

  subnet_id = var.network.subnet_id
}

data "openstack_networking_network_v2" "external" {
  count = var.network == null && var.external_network != null ? 1 : 0

  name     = var.external_network
  external = true
}

resource "openstack_networking_network_v2" "made" {
  count = var.network == null ? 1 : 0

  name                  = var.name
  admin_state_up        = true
  port_security_enabled = true
  tags                  = local.tags
}

resource "openstack_networking_subnet_v2" "made" {
  count = var.network == null ? 1 : 0

  name            = var.name
  network_id      = openstack_networking_network_v2.made[0].id
  cidr            = var.network_cidr
  ip_version      = 4
  dns_nameservers = var.dns_nameservers
  tags            = local.tags
}

resource "openstack_networking_router_v2" "made" {
  count = length(data.openstack_networking_network_v2.external)

  name                = var.name
  admin_state_up      = true
  external_network_id = data.openstack_networking_network_v2.external[0].id
  tags                = local.tags
}

resource "openstack_networking_router_interface_v2" "made" {
  count = length(openstack_networking_router_v2.made)

  router_id = openstack_networking_router_v2.made[0].id
  subnet_id = local.subnet_id
}
