locals {
  # One place for what several validations ask.
  image_pattern  = "^/subscriptions/[0-9A-Fa-f-]{36}/resourceGroups/[A-Za-z0-9_().-]{1,90}/providers/Microsoft\\.Compute/(images/[A-Za-z0-9_.-]{1,80}|galleries/[A-Za-z0-9_.]{1,80}/images/[A-Za-z0-9_.-]{1,80}/versions/[0-9]{1,10}\\.[0-9]{1,10}\\.[0-9]{1,10})$"
  subnet_pattern = "^/subscriptions/[0-9A-Fa-f-]{36}/resourceGroups/[A-Za-z0-9_().-]{1,90}/providers/Microsoft\\.Network/virtualNetworks/[A-Za-z0-9_.-]{1,64}/subnets/[A-Za-z0-9_.-]{1,80}$"
  size_pattern   = "^(Standard|Basic)_[A-Za-z0-9_-]{1,60}$"
  label_pattern  = "^[a-z][a-z0-9_-]{0,62}$"
  key_pattern    = "^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]{1,1000}[A-Za-z0-9+/]*={0,2}( [^\\x00-\\x1f\\x7f]*)?$"
  cloud_init     = "^\\s*(?i:#(!|cloud-|include|part-handler)|## template:|content-type:|mime-version:)"
  reserved_users = ["admin", "administrator", "backup", "console", "guest", "owner", "root", "server", "sql", "support", "sys", "test", "user"]

  resource_group = var.resource_group_name == null ? one(azurerm_resource_group.fleet[*].name) : var.resource_group_name
  tags           = merge(var.labels, { atomic-fleet = var.name })

  # range() counts to 1024 and no further.
  numbers = { for pool, settings in var.pools : pool => flatten([
    for thousand in range(0, ceil(settings.size / 1000)) : [
      for number in range(1, min(1000, settings.size - 1000 * thousand) + 1) : 1000 * thousand + number
    ]
  ]) }

  # A machine's own name tells its image, so that the old one and the new one can exist side by side while it is replaced.
  hosts = merge([
    for pool, settings in var.pools : {
      for number in local.numbers[pool] : "${var.name}-${pool}-${number}" => {
        machine      = "${var.name}-${pool}-${number}-${substr(sha256(settings.image), 0, 6)}"
        pool         = pool
        image        = settings.image
        zone         = coalesce(settings.zones, var.zones)[(number - 1) % length(coalesce(settings.zones, var.zones))]
        machine_type = coalesce(settings.machine_type, var.machine_type)
        disk_size    = coalesce(settings.disk_size, var.disk_size)
        labels       = merge(var.labels, settings.labels)
      }
    }
  ]...)
  first_members = try(toset(terraform_data.first_members[0].input), toset([]))

  subnet_id    = var.network == null ? one(azurerm_subnet.hosts[*].id) : var.network.subnet_id
  network_id   = var.network == null ? one(azurerm_virtual_network.fleet[*].id) : split("/subnets/", var.network.subnet_id)[0]
  network_cidr = cidrsubnet(var.network == null ? var.network_cidr : var.network.cidr, 0, 0)

  # Every region that has availability zones has these three. An address that names all of them outlives a zone.
  all_zones = ["1", "2", "3"]

  # Hosts go out by addresses of a load balancer, unless they have their own or stand in a network brought along. A
  # network interface can be behind one public load balancer only, so a public balancer is the way out as well.
  egress             = var.network == null && !var.public_addresses
  egress_at_balancer = local.egress && try(var.balancer.public, false)
  egress_addresses   = local.egress ? coalesce(var.egress_addresses, max(1, ceil(length(local.hosts) / 500))) : 0
  egress_frontends   = { for number in range(1, local.egress_addresses + 1) : "egress-${number}" => "${var.name}-egress-${number}" }
  # An address has 64000 ports to share out, in multiples of 8. There is room for every host twice: while hosts are
  # replaced, both exist.
  egress_ports = concat([for ports in [1024, 512, 256, 128] : ports if 2 * length(local.hosts) * ports <= 64000 * local.egress_addresses], [64])[0]
  egress_lb_id = local.egress_at_balancer ? one(azurerm_lb.balancer[*].id) : one(azurerm_lb.egress[*].id)

  client_cidrs = var.balancer == null ? [] : coalesce(var.balancer.from, [local.network_cidr])
}
