locals {
  # by label, then in the order of each: the same input gives the same output
  hosts = flatten([for label, fleet in var.fleets : [for host in fleet.hosts : merge(host, { pool = "${label}-${host.pool}" })]])

  same_names = distinct([for name, same in { for host in local.hosts : host.name => host.name... } : name if length(same) > 1])
  same_ways = [for names in {
    for host in local.hosts : jsonencode([host.address, host.port, [for hop in host.jump : [hop.address, hop.port]]]) => host.name...
  } : join(" and ", names) if length(names) > 1]
}

output "fleet" {
  description = "The fleet contract of all: hosts by their names, pools and balancers as LABEL-NAME."
  value = {
    schema = "atomic.fleet/fleet/v1"
    name   = var.name
    hosts  = local.hosts
    pools  = merge([for label, fleet in var.fleets : { for name, pool in fleet.pools : "${label}-${name}" => pool }]...)
    traffic = flatten([for label, fleet in var.fleets : [for balancer in fleet.traffic : merge(balancer, {
      name  = "${label}-${balancer.name}"
      pools = { for name, pool in balancer.pools : "${label}-${name}" => pool }
    })]])
  }

  precondition {
    condition     = length(local.same_names) == 0
    error_message = "More than one of fleets has a host named ${join(", ", local.same_names)}: give each module a name of its own."
  }

  precondition {
    condition     = length(local.same_names) > 0 || length(local.same_ways) == 0
    error_message = "These hosts have one address, and the same way leads to it: ${join("; ", local.same_ways)}. Give each network addresses of its own, or a bastion."
  }
}
