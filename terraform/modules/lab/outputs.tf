output "fleet" {
  description = "The fleet contract: what every tool that works on the hosts needs to know of them."
  value = {
    schema = "atomic.fleet/fleet/v1"
    name   = var.name
    hosts = [
      for name, host in local.hosts : {
        name    = name
        address = "10.88.${host.private ? 1 : 0}.${trimspace(file(terraform_data.running[name].output.octet))}"
        user    = "root"
        port    = 22
        jump = [for address in host.private ? [local.bastion_address] : [] : {
          address   = address
          user      = "jump"
          port      = 22
          host_keys = [trimspace(file(terraform_data.running[name].output.bastion))]
        }]
        host_keys = [trimspace(file(terraform_data.running[name].output.key))]
        cloud     = "lab"
        pool      = host.pool
        zone      = host.zone
        image     = "${local.ref}@${host.release}"
        id        = "lab/${var.name}/${name}"
        labels    = {}
      }
    ]
    pools = {
      for name, pool in var.pools : name => {
        image = "${local.ref}@${coalesce(pool.release, var.release)}"
        size  = pool.size
        zones = pool.zones
      }
    }
    traffic = [{
      name    = "web"
      adapter = "haproxy"
      address = "10.88.0.1"
      port    = 80
      settings = {
        socket     = "/run/atomic-fleet-${var.name}/balancer.sock"
        backend    = "web"
        state_file = "${local.directory}/balancer/servers.state"
      }
      # shares are moved by the runtime API, where Terraform does not see it
      pools = { for name in keys(var.pools) : name => { share = null, settings = {} } }
    }]
  }
}

output "directory" {
  description = "Where the lab keeps its files: the key to log in with (id_ed25519), known_hosts, logs, the hosts' disks."
  value       = local.directory
}

output "enter" {
  description = "What to put before a command so that it runs inside the lab's network."
  value       = "ip netns exec ${var.name}"
}

output "remote_url" {
  description = "The ostree remote, as hosts in the main network reach it."
  value       = local.remote_url
}

output "program" {
  description = "The lab's own program: publishes releases and orders faults."
  value       = local.program
}
