data "azurerm_client_config" "this" {}

locals {
  way = concat(var.jump, [for address in azurerm_public_ip.bastion : {
    address            = address.ip_address
    user               = var.bastion.user
    port               = var.bastion.port
    host_keys          = var.bastion.host_keys
    host_key_authority = var.bastion.host_key_authority
  }])

  balancer_address = var.balancer == null ? null : var.balancer.public ? one(azurerm_public_ip.balancer[*].ip_address) : one(azurerm_lb.balancer[*].private_ip_address)
}

output "fleet" {
  description = "The fleet contract: what every tool that works on the hosts needs to know of them."
  value = {
    schema = "atomic.fleet/fleet/v1"
    name   = var.name
    # Those that are there, not those that should be: after an apply that broke off, the output says what was made.
    hosts = [
      for name, host in local.hosts : {
        name               = name
        address            = module.host[name].address
        user               = module.host[name].user
        port               = 22
        jump               = local.way
        host_keys          = lookup(var.host_keys, name, [])
        host_key_authority = var.host_key_authority
        cloud              = "azure"
        pool               = host.pool
        zone               = module.host[name].zone
        image              = module.host[name].image
        id                 = module.host[name].id
        labels             = host.labels
      } if module.host[name].made
    ]
    pools = {
      for name, pool in var.pools : name => {
        image = pool.image
        size  = pool.size
        zones = coalesce(pool.zones, var.zones)
      }
    }
    traffic = [for rule in azurerm_lb_rule.web : {
      name    = "web"
      adapter = "azure_lb"
      address = local.balancer_address
      port    = var.balancer.port
      settings = {
        subscription_id    = data.azurerm_client_config.this.subscription_id
        resource_group     = local.resource_group
        load_balancer      = azurerm_lb.balancer[0].name
        backend_pool       = azurerm_lb_backend_address_pool.web[0].name
        backend_pool_id    = azurerm_lb_backend_address_pool.web[0].id
        rule               = rule.name
        frontend           = rule.frontend_ip_configuration_name
        virtual_network_id = local.network_id
      }
      pools = {
        for pool in keys(var.pools) : pool => {
          share = null
          # By the name and address of their entries in the backend pool.
          settings = {
            addresses = jsonencode({ for name, host in local.hosts : host.machine => module.host[name].private_address if host.pool == pool && module.host[name].made })
          }
        }
      }
    }]
  }
}

output "network_id" {
  description = "Resource id of the virtual network that the hosts stand in."
  value       = local.network_id
}

output "balancer_address" {
  description = "Where clients reach the balancer; null without one."
  value       = local.balancer_address
}

output "resource_group_name" {
  description = "The resource group that everything lies in."
  value       = local.resource_group
}

output "host_names" {
  description = "Names of all hosts of the pools, known before anything is made: what first_boot_by_host and host_keys go by."
  value       = keys(local.hosts)
}
