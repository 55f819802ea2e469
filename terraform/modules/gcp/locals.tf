locals {
  # how what cloud-init reads begins
  cloud_init = "^\\s*(?i:#(!|cloud-|include|part-handler)|## template:|content-type:|mime-version:)"

  pool_zones = { for pool, settings in var.pools : pool => coalesce(settings.zones, var.zones) }

  # in thousands, because range() makes no more than 1024
  slots = flatten([
    for pool, settings in var.pools : [
      for thousand in range(ceil(settings.size / 1000)) : [
        for number in range(1000 * thousand + 1, min(1000 * (thousand + 1), settings.size) + 1) : {
          name         = "${var.name}-${pool}-${number}"
          pool         = pool
          image        = settings.image
          zone         = local.pool_zones[pool][(number - 1) % length(local.pool_zones[pool])]
          machine_type = coalesce(settings.machine_type, var.machine_type)
          disk_size    = coalesce(settings.disk_size, var.disk_size)
        }
      ]
    ]
  ])
  # A machine's name is unique in its zone, and a replacement stands beside the machine it replaces: whatever replaces
  # a machine goes into its name.
  hosts = {
    for slot in local.slots : slot.name => merge(slot, {
      machine = "${slot.name}-${substr(sha256(join(" ", [slot.image, slot.disk_size, var.disk_type])), 0, 6)}"
    })
  }

  labels      = merge(var.labels, { atomic-fleet = var.name })
  pool_labels = { for pool, settings in var.pools : pool => merge(var.labels, settings.labels) }

  # How Fedora CoreOS (afterburn) and cloud-init take keys from Google Cloud. "true" is in lower case for afterburn.
  ssh_keys = { for user in distinct(compact([var.user, try(var.bastion.user, null)])) : user => join("\n", [for key in var.ssh_authorized_keys : "${user}:${key}"]) }
  access = {
    block-project-ssh-keys = "true"
    enable-oslogin         = "FALSE"
    serial-port-enable     = "FALSE" # the interactive one: its output can be read without
  }
  first_boot_named = nonsensitive(keys(var.first_boot_by_host))
  first_boot_all   = nonsensitive(var.first_boot != null)

  host_tag    = "${var.name}-host"
  bastion_tag = "${var.name}-bastion"

  network         = var.network == null ? google_compute_network.fleet[0].id : var.network.network
  subnetwork      = var.network == null ? google_compute_subnetwork.hosts[0].id : var.network.subnetwork
  network_project = var.network == null ? var.project : split("/", var.network.network)[1] # another one's with a shared VPC
  prefix          = tonumber(split("/", var.network_cidr)[1])
  hosts_cidr      = cidrsubnet(var.network_cidr, 1, 0)
  # the first /23 of the second half, or all of it where that is smaller
  proxy_bits      = max(1, 23 - local.prefix)
  proxy_only_cidr = try(var.network.proxy_only_cidr, null) != null ? var.network.proxy_only_cidr : cidrsubnet(var.network_cidr, local.proxy_bits, pow(2, local.proxy_bits - 1))

  # a URL map cannot be without a service, so that there is no balancer without pools
  balanced = var.balancer != null && length(var.pools) > 0
  public   = local.balanced && try(var.balancer.public, false)
  private  = local.balanced && !local.public

  groups = local.balanced ? merge([
    for pool, zones in local.pool_zones : {
      for zone in zones : "${pool}-${zone}" => {
        pool  = pool
        zone  = zone
        hosts = [for name, host in local.hosts : name if host.pool == pool && host.zone == zone]
      }
    }
  ]...) : {}

  services = merge(google_compute_backend_service.pool, google_compute_region_backend_service.pool)
  url_map  = one(concat(google_compute_url_map.fleet, google_compute_region_url_map.fleet))
  # ids without the address of the API, which is how they come back
  weights = [for entry in flatten(local.url_map[*].default_route_action[*].weighted_backend_services) : {
    service = replace(entry.backend_service, "/^https://[^/]+/compute/[a-z0-9]+//", "")
    weight  = coalesce(entry.weight, 0)
  }]

  balancer_address = one(concat(google_compute_global_address.balancer, google_compute_address.balancer)[*].address)

  jump = concat(var.jump, [for bastion in google_compute_address.bastion : {
    address            = bastion.address
    user               = var.bastion.user
    port               = var.bastion.port
    host_keys          = var.bastion.host_keys
    host_key_authority = var.bastion.host_key_authority
  }])
}
