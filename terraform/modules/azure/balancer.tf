resource "azurerm_public_ip" "balancer" {
  count = try(var.balancer.public, false) ? 1 : 0

  name                = "${var.name}-balancer"
  resource_group_name = local.resource_group
  location            = var.location
  sku                 = "Standard"
  allocation_method   = "Static"
  zones               = local.all_zones
  tags                = local.tags
}

resource "azurerm_lb" "balancer" {
  count = var.balancer == null ? 0 : 1

  name                = var.name
  resource_group_name = local.resource_group
  location            = var.location
  sku                 = "Standard"
  tags                = local.tags

  frontend_ip_configuration {
    name                          = "web"
    public_ip_address_id          = one(azurerm_public_ip.balancer[*].id)
    subnet_id                     = var.balancer.public ? null : local.subnet_id
    private_ip_address_allocation = var.balancer.public ? null : "Dynamic"
    zones                         = var.balancer.public ? null : local.all_zones
  }

  dynamic "frontend_ip_configuration" {
    for_each = local.egress_at_balancer ? local.egress_frontends : {}
    content {
      name                 = frontend_ip_configuration.key
      public_ip_address_id = azurerm_public_ip.egress[frontend_ip_configuration.key].id
    }
  }
}

resource "azurerm_lb_backend_address_pool" "web" {
  count = var.balancer == null ? 0 : 1

  name            = "web"
  loadbalancer_id = azurerm_lb.balancer[0].id
}

resource "azurerm_lb_probe" "web" {
  count = var.balancer == null ? 0 : 1

  name                = "web"
  loadbalancer_id     = azurerm_lb.balancer[0].id
  protocol            = "Http"
  port                = var.balancer.host_port
  request_path        = var.balancer.health_path
  interval_in_seconds = var.balancer.health_interval
}

resource "azurerm_lb_rule" "web" {
  count = var.balancer == null ? 0 : 1

  name                           = "web"
  loadbalancer_id                = azurerm_lb.balancer[0].id
  frontend_ip_configuration_name = "web"
  protocol                       = "Tcp"
  frontend_port                  = var.balancer.port
  backend_port                   = var.balancer.host_port
  backend_address_pool_ids       = [azurerm_lb_backend_address_pool.web[0].id]
  probe_id                       = azurerm_lb_probe.web[0].id
  disable_outbound_snat          = var.balancer.public
}

# Which machines get traffic at first, remembered from when the balancer was made. From then on the swap decides, and a
# machine that Terraform makes later comes in by the swap alone. Why it is so: docs/decisions/0013-azure-share.md.
resource "terraform_data" "first_members" {
  count = var.balancer == null ? 0 : 1

  input = sort([for host in local.hosts : host.machine if var.pools[host.pool].weight > 0])

  lifecycle {
    ignore_changes = [input]
  }
}
