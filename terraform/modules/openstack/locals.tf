locals {
  # patterns of the variables' validations; the public key's is the contract's
  uuid        = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
  flavor      = "^[A-Za-z0-9][A-Za-z0-9 ._-]{0,254}$"
  cloud_init  = "^\\s*(?i:#(!|cloud-|include|part-handler)|## template:|content-type:|mime-version:)"
  user        = "^[A-Za-z_][A-Za-z0-9._-]{0,63}$"
  label_value = "^[^[:cntrl:]]{0,255}$"
  public_key  = "^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]]*)?$"

  # in blocks, because range() gives 1024 numbers at most
  numbers = {
    for name, pool in var.pools : name => flatten([
      for block in range(0, ceil(pool.size / 1000)) : range(block * 1000 + 1, min(pool.size, (block + 1) * 1000) + 1)
    ])
  }

  hosts = tomap(merge([
    for name, pool in var.pools : {
      for number in local.numbers[name] : "${var.name}-${name}-${number}" => {
        pool         = name
        image        = pool.image
        zone         = coalesce(pool.zones, var.zones)[(number - 1) % length(coalesce(pool.zones, var.zones))]
        machine_type = coalesce(pool.machine_type, var.machine_type)
        disk_size    = pool.disk_size == null ? var.disk_size : pool.disk_size
        labels       = merge(var.labels, pool.labels)
      }
    }
  ]...))

  # What a machine cannot change: where any of it does, there is another machine, with a port of another name, since a
  # port can be had by one machine only.
  port_names = tomap({
    for name, host in local.hosts :
    name => "${name}-${substr(sha256(jsonencode([host.image, host.zone, host.disk_size, host.disk_size == null ? null : var.disk_type])), 0, 6)}"
  })
  ports = tomap({ for name, host in local.hosts : local.port_names[name] => host })

  bastion_port = local.bastion ? "${var.name}-bastion-${substr(sha256(jsonencode([var.bastion.image, var.zones[0], var.disk_size, var.disk_type])), 0, 6)}" : null

  # Read once here and not from within each host: a reference to one of n instances costs Terraform a look at all n.
  port_ids  = { for name, port in openstack_networking_port_v2.host : name => port.id }
  addresses = { for name, host in openstack_compute_instance_v2.host : name => host.access_ip_v4 }
  attached  = { for name, host in openstack_compute_instance_v2.host : name => host.network[0].port }

  # a first_boot that is marked as sensitive marks the question whether there is a bastion
  bastion = nonsensitive(var.bastion != null)

  tags = concat(["atomic-fleet=${var.name}"], [for name, value in var.labels : "${name}=${value}"])

  network_id  = var.network == null ? one(openstack_networking_network_v2.made[*].id) : var.network.id
  subnet_id   = var.network == null ? one(openstack_networking_subnet_v2.made[*].id) : var.network.subnet_id
  subnet_cidr = var.network == null ? var.network_cidr : one(data.openstack_networking_subnet_v2.brought[*].cidr)
}
