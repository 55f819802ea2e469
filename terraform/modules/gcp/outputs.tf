output "fleet" {
  description = "The fleet contract: what every tool that works on the hosts needs to know of them."
  value = {
    schema = "atomic.fleet/fleet/v1"
    name   = var.name
    hosts = [
      for name, host in local.hosts : {
        name               = name
        address            = var.public_addresses ? google_compute_instance.host[name].network_interface[0].access_config[0].nat_ip : google_compute_instance.host[name].network_interface[0].network_ip
        user               = var.user
        port               = 22
        jump               = local.jump
        host_keys          = lookup(var.host_keys, name, [])
        host_key_authority = var.host_key_authority
        cloud              = "gcp"
        pool               = host.pool
        zone               = host.zone
        image              = replace(google_compute_instance.host[name].boot_disk[0].initialize_params[0].image, "/^https://[^/]+/compute/[a-z0-9]+//", "")
        id                 = google_compute_instance.host[name].id
        labels             = local.pool_labels[host.pool]
      }
    ]
    pools = {
      for name, pool in var.pools : name => {
        image = pool.image
        size  = pool.size
        zones = local.pool_zones[name]
      }
    }
    traffic = [for balancer in local.balanced ? [var.balancer] : [] : {
      name    = "web"
      adapter = "gcp_url_map"
      address = local.balancer_address
      port    = balancer.port
      settings = merge(
        { project = var.project, scope = local.public ? "global" : "regional", url_map = local.url_map.name },
        local.private ? { region = var.region } : {},
      )
      pools = {
        for name in keys(var.pools) : name => {
          share    = sum(concat([0], [for entry in local.weights : entry.weight if entry.service == local.services[name].id]))
          settings = { backend_service = local.services[name].name }
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
