module "host" {
  source   = "./host"
  for_each = local.hosts

  host = {
    name         = each.key
    machine      = each.value.machine
    image        = each.value.image
    zone         = each.value.zone
    machine_type = each.value.machine_type
    disk_size    = each.value.disk_size
    tags         = merge(each.value.labels, { atomic-fleet = var.name, atomic-fleet-pool = each.value.pool })
    first_boot   = lookup(var.first_boot_by_host, each.key, var.first_boot)
    first_member = contains(local.first_members, each.value.machine)
  }

  settings = {
    resource_group_name = local.resource_group
    location            = var.location
    user                = var.user
    ssh_authorized_keys = var.ssh_authorized_keys
    disk_type           = var.disk_type
    encryption_at_host  = var.encryption_at_host
    trusted_launch      = var.trusted_launch
    public_address      = var.public_addresses
    network_id          = local.network_id
    subnet_id           = local.subnet_id
    security_group_id   = azurerm_network_security_group.hosts.id
    egress              = local.egress
    # By way of the rule, so that it has ports for a host before the host comes.
    egress_pool_id  = one(azurerm_lb_outbound_rule.egress[*].backend_address_pool_id)
    backend_pool_id = one(azurerm_lb_backend_address_pool.web[*].id)
  }
}
