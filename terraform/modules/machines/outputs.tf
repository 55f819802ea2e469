output "fleet" {
  description = "The fleet contract: what every tool that works on the hosts needs to know of them."
  value = {
    schema = "atomic.fleet/fleet/v1"
    name   = var.name
    hosts = [for name, machine in var.machines : {
      name               = name
      address            = machine.address
      user               = machine.user
      port               = machine.port
      jump               = var.jump
      host_keys          = machine.host_keys
      host_key_authority = machine.host_key_authority
      cloud              = var.cloud
      pool               = machine.pool
      zone               = machine.zone
      image              = coalesce(machine.image, var.pools[machine.pool].image)
      id                 = coalesce(machine.id, "${var.cloud}/${var.name}/${name}")
      labels             = machine.labels
    }]
    pools = { for name, pool in var.pools : name => {
      image = pool.image
      size  = pool.size == null ? length([for machine in var.machines : machine if machine.pool == name]) : pool.size
      zones = pool.zones == null ? sort(distinct([for machine in var.machines : machine.zone if machine.pool == name])) : pool.zones
    } }
    traffic = [for name, balancer in var.balancers : {
      name     = name
      adapter  = balancer.adapter
      address  = balancer.address
      port     = balancer.port
      settings = balancer.settings
      pools    = balancer.pools
    }]
  }
}
