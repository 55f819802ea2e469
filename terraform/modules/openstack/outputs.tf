locals {
  balancer_address = try(var.balancer.public, false) ? one(openstack_networking_floatingip_v2.balancer[*].address) : one(openstack_lb_loadbalancer_v2.this[*].vip_address)

  # what the balancer does, pool by pool, as the last refresh saw it
  weights = {
    for pool in keys(var.pools) : pool => [for name, member in openstack_lb_member_v2.host : member.weight if local.hosts[name].pool == pool]
  }

  jump = concat(
    [for hop in var.jump : { for field, value in hop : field => value }],
    [for floating in openstack_networking_floatingip_v2.bastion : {
      address            = floating.address
      user               = var.bastion.user
      port               = var.bastion.port
      host_keys          = var.bastion.host_keys
      host_key_authority = var.bastion.host_key_authority
    }],
  )
}

output "fleet" {
  description = "The fleet contract: what every tool that works on the hosts needs to know of them."
  value = {
    schema = "atomic.fleet/fleet/v1"
    name   = var.name
    # Those that are there, not those that should be: after an apply that broke off, the output says what was made.
    hosts = [
      for name, machine in openstack_compute_instance_v2.host : {
        name               = name
        address            = var.public_addresses ? openstack_networking_floatingip_v2.host[name].address : machine.access_ip_v4
        user               = var.user
        port               = 22
        jump               = local.jump
        host_keys          = lookup(var.host_keys, name, [])
        host_key_authority = var.host_key_authority
        cloud              = "openstack"
        pool               = local.hosts[name].pool
        zone               = machine.availability_zone
        image              = local.hosts[name].disk_size == null ? machine.image_id : machine.block_device[0].uuid
        id                 = machine.id
        labels             = local.hosts[name].labels
      } if !var.public_addresses || contains(keys(openstack_networking_floatingip_v2.host), name)
    ]
    pools = {
      for name, pool in var.pools : name => {
        image = pool.image
        size  = pool.size
        zones = coalesce(pool.zones, var.zones)
      }
    }
    traffic = [for pool in openstack_lb_pool_v2.web : {
      name    = "web"
      adapter = "octavia"
      address = local.balancer_address
      port    = var.balancer.port
      settings = {
        region           = pool.region
        load_balancer_id = openstack_lb_loadbalancer_v2.this[0].id
        listener_id      = openstack_lb_listener_v2.web[0].id
        pool_id          = pool.id
        drain_seconds    = tostring(var.balancer.drain_seconds)
      }
      pools = {
        for name, pool in var.pools : name => {
          share    = length(local.weights[name]) == 0 ? pool.weight : floor(sum(local.weights[name]) / length(local.weights[name]) + 0.5)
          settings = { member_tag = "atomic-fleet-pool=${name}" }
        }
      }
    }]
  }
}

output "network_id" {
  description = "The network that hosts are in."
  value       = local.network_id
}

output "balancer_address" {
  description = "Where clients reach the balancer; null without one."
  value       = local.balancer_address
}

output "host_names" {
  description = "Names of all hosts of the pools, known before anything is made: what first_boot_by_host and host_keys go by."
  value       = keys(local.hosts)
}
