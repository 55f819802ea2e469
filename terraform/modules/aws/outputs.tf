output "fleet" {
  description = "The fleet contract: what every tool that works on the hosts needs to know of them."
  value = {
    schema = "atomic.fleet/fleet/v1"
    name   = var.name
    # Those that are there, not those that should be: after an apply that broke off, the output says what was made.
    hosts = [
      for name, machine in aws_instance.host : {
        name               = name
        address            = var.public_addresses ? coalesce(machine.public_ip, machine.private_ip) : machine.private_ip
        user               = var.user
        port               = 22
        jump               = local.jump
        host_keys          = lookup(var.host_keys, name, [])
        host_key_authority = var.host_key_authority
        cloud              = "aws"
        pool               = local.hosts[name].pool
        zone               = local.hosts[name].zone
        image              = machine.ami
        id                 = machine.id
        labels             = merge(var.labels, var.pools[local.hosts[name].pool].labels)
      }
    ]
    pools = {
      for name, pool in var.pools : name => {
        image = pool.image
        size  = pool.size
        zones = local.pool_zones[name]
      }
    }
    traffic = [
      for balancer in aws_lb.this : {
        name    = "web"
        adapter = "aws_elbv2"
        address = balancer.dns_name
        port    = var.balancer.port
        settings = merge(
          { region = data.aws_region.this.id, load_balancer_arn = balancer.arn },
          { for listener in aws_lb_listener.this : "listener_arn" => listener.arn }
        )
        pools = {
          for name, group in aws_lb_target_group.pool : name => {
            share    = lookup(local.shares, group.arn, 0)
            settings = { target_group_arn = group.arn }
          }
        }
      }
    ]
  }
}

output "network_id" {
  description = "The VPC the hosts stand in."
  value       = local.network_id
}

output "balancer_address" {
  description = "The DNS name clients reach the balancer by; null without one."
  value       = one(aws_lb.this[*].dns_name)
}

output "host_names" {
  description = "Names of all hosts of the pools, known before anything is made: what first_boot_by_host and host_keys go by."
  value       = keys(local.hosts)
}
