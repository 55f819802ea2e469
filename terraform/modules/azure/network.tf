resource "azurerm_resource_group" "fleet" {
  count = var.resource_group_name == null ? 1 : 0

  name     = var.name
  location = var.location
  tags     = local.tags
}

resource "azurerm_virtual_network" "fleet" {
  count = var.network == null ? 1 : 0

  name                = var.name
  resource_group_name = local.resource_group
  location            = var.location
  address_space       = [local.network_cidr]
  tags                = local.tags
}

resource "azurerm_subnet" "hosts" {
  count = var.network == null ? 1 : 0

  name                            = "hosts"
  resource_group_name             = local.resource_group
  virtual_network_name            = azurerm_virtual_network.fleet[0].name
  address_prefixes                = [cidrsubnet(local.network_cidr, 1, 0)]
  default_outbound_access_enabled = false

  lifecycle {
    precondition {
      # Azure keeps five addresses of every subnet; the bastion and the balancer take one each.
      condition     = length(local.hosts) + 7 <= pow(2, 31 - tonumber(split("/", local.network_cidr)[1]))
      error_message = "network_cidr is too small: its first half, the hosts' subnet, has no room for ${length(local.hosts)} hosts."
    }
  }
}

# The way out: a load balancer with outbound rules. Its addresses span the zones, which those of a NAT gateway do not.

resource "azurerm_public_ip" "egress" {
  for_each = local.egress_frontends

  name                = each.value
  resource_group_name = local.resource_group
  location            = var.location
  sku                 = "Standard"
  allocation_method   = "Static"
  zones               = local.all_zones
  tags                = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_lb" "egress" {
  count = local.egress && !local.egress_at_balancer ? 1 : 0

  name                = "${var.name}-egress"
  resource_group_name = local.resource_group
  location            = var.location
  sku                 = "Standard"
  tags                = local.tags

  dynamic "frontend_ip_configuration" {
    for_each = local.egress_frontends
    content {
      name                 = frontend_ip_configuration.key
      public_ip_address_id = azurerm_public_ip.egress[frontend_ip_configuration.key].id
    }
  }
}

resource "azurerm_lb_backend_address_pool" "egress" {
  count = local.egress ? 1 : 0

  name            = "egress"
  loadbalancer_id = local.egress_lb_id
}

resource "azurerm_lb_outbound_rule" "egress" {
  count = local.egress ? 1 : 0

  name                     = "egress"
  loadbalancer_id          = local.egress_lb_id
  backend_address_pool_id  = azurerm_lb_backend_address_pool.egress[0].id
  protocol                 = "All"
  allocated_outbound_ports = local.egress_ports

  dynamic "frontend_ip_configuration" {
    for_each = local.egress_frontends
    content {
      name = frontend_ip_configuration.key
    }
  }
}
