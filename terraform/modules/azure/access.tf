locals {
  # from: networks, or one of Azure's service tags.
  host_rules = { for name, rule in {
    ssh = {
      priority = 100
      port     = 22
      from     = var.bastion == null ? var.ssh_from : formatlist("%s/32", azurerm_network_interface.bastion[*].private_ip_address)
      tag      = null
      wanted   = var.bastion != null || length(var.ssh_from) > 0
    }
    probe = {
      priority = 110
      port     = try(var.balancer.host_port, null)
      from     = tolist(null)
      tag      = "AzureLoadBalancer"
      wanted   = var.balancer != null
    }
    # A Standard load balancer hands packets on with the client's own address.
    clients = {
      priority = 120
      port     = try(var.balancer.host_port, null)
      from     = local.client_cidrs
      tag      = null
      wanted   = var.balancer != null
    }
  } : name => rule if rule.wanted }
}

resource "azurerm_network_security_group" "hosts" {
  name                = "${var.name}-hosts"
  resource_group_name = local.resource_group
  location            = var.location
  tags                = local.tags
}

resource "azurerm_network_security_rule" "hosts" {
  for_each = local.host_rules

  name                        = each.key
  resource_group_name         = local.resource_group
  network_security_group_name = azurerm_network_security_group.hosts.name
  direction                   = "Inbound"
  access                      = "Allow"
  priority                    = each.value.priority
  protocol                    = "Tcp"
  source_port_range           = "*"
  source_address_prefix       = each.value.tag
  source_address_prefixes     = each.value.from
  destination_address_prefix  = "*"
  destination_port_range      = tostring(each.value.port)
}

# Azure's own rules let the whole virtual network in, so the last of ours lets nobody in.
resource "azurerm_network_security_rule" "hosts_rest" {
  name                        = "rest"
  resource_group_name         = local.resource_group
  network_security_group_name = azurerm_network_security_group.hosts.name
  direction                   = "Inbound"
  access                      = "Deny"
  priority                    = 4096
  protocol                    = "*"
  source_port_range           = "*"
  source_address_prefix       = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "*"
}

resource "azurerm_network_security_group" "bastion" {
  count = var.bastion == null ? 0 : 1

  name                = "${var.name}-bastion"
  resource_group_name = local.resource_group
  location            = var.location
  tags                = local.tags
}

resource "azurerm_network_security_rule" "bastion" {
  count = var.bastion == null || length(var.ssh_from) == 0 ? 0 : 1

  name                        = "ssh"
  resource_group_name         = local.resource_group
  network_security_group_name = azurerm_network_security_group.bastion[0].name
  direction                   = "Inbound"
  access                      = "Allow"
  priority                    = 100
  protocol                    = "Tcp"
  source_port_range           = "*"
  source_address_prefixes     = var.ssh_from
  destination_address_prefix  = "*"
  destination_port_range      = tostring(var.bastion.port)
}

resource "azurerm_network_security_rule" "bastion_rest" {
  count = var.bastion == null ? 0 : 1

  name                        = "rest"
  resource_group_name         = local.resource_group
  network_security_group_name = azurerm_network_security_group.bastion[0].name
  direction                   = "Inbound"
  access                      = "Deny"
  priority                    = 4096
  protocol                    = "*"
  source_port_range           = "*"
  source_address_prefix       = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "*"
}
