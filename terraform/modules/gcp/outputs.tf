output "fleet" {
  description = "The fleet contract: what every tool that works on the hosts needs to know of them."
  value = {
    schema = "atomic.fleet/fleet/v1"
    name   = var.name
    # Those that are there, not those that should be: after an apply that broke off, the output says what was made.
    hosts = [
      for name, machine in google_compute_instance.host : {
        name               = name
        address            = var.public_addresses ? machine.network_interface[0].access_config[0].nat_ip : machine.network_interface[0].network_ip
        user               = var.user
        port               = 22
        jump               = local.jump
        host_keys          = lookup(var.host_keys, name, [])
        host_key_authority = var.host_key_authority
        cloud              = "gcp"
        pool               = local.hosts[name].pool
        zone               = local.hosts[name].zone
        image              = replace(machine.boot_disk[0].initialize_params[0].image, "/^https://[^/]+/compute/[a-z0-9]+//", "")
        id                 = machine.id
        labels             = local.pool_labels[local.hosts[name].pool]
      }
    ]
    pools = {
      for name, pool in var.pools : name => {
        image = pool.image
        size  = pool.size
        zones = local.pool_zones[name]
      }
    }
    traffic = [for url_map in local.url_map[*] : {
      name    = "web"
      adapter = "gcp_url_map"
      address = local.balancer_address
      port    = var.balancer.port
      settings = merge(
        { project = var.project, scope = local.public ? "global" : "regional", url_map = url_map.name },
        local.private ? { region = var.region } : {},
      )
      pools = {
        for name, service in local.services : name => {
          share    = sum(concat([0], [for entry in local.weights : entry.weight if entry.service == service.id]))
          settings = { backend_service = service.name }
        }
      }
    }]
  }
}

output "network_id" {
  description = "Id of the network that the hosts are in."
  value       = local.network
}

output "balancer_address" {
  description = "Where clients reach the balancer; null without one."
  value       = local.balancer_address
}

output "host_names" {
  description = "Names of all hosts of the pools, known before anything is made: what first_boot_by_host and host_keys go by."
  value       = keys(local.hosts)
}
