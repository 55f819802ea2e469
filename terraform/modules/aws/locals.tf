locals {
  # what several inputs are held to
  public_key   = "^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]]{0,1000})?$"
  key_pair_key = "^ssh-(ed25519|rsa) " # the kinds that EC2 imports
  cloud_init   = "^\\s*(?i:#(!|cloud-|include|part-handler)|## template:|content-type:|mime-version:)"
  user         = "^[A-Za-z_][A-Za-z0-9._-]{0,63}$"
  machine_type = "^[a-z][a-z0-9-]*\\.[a-z0-9-]+$"
  label        = "^[\\p{L}\\p{N} _.:/=+@-]{0,256}$"

  tags = merge(var.labels, { atomic-fleet = var.name })

  slots = flatten([
    for pool, settings in var.pools : [
      # range() gives at most 1024 numbers at a time
      for start in range(0, settings.size, 1000) : [
        for number in range(start + 1, min(start + 1000, settings.size) + 1) : {
          name   = "${var.name}-${pool}-${number}"
          pool   = pool
          number = number
        }
      ]
    ]
  ])
  pool_zones = { for pool, settings in var.pools : pool => coalesce(settings.zones, var.zones) }
  hosts = {
    for slot in local.slots : slot.name => {
      pool = slot.pool
      zone = local.pool_zones[slot.pool][(slot.number - 1) % length(local.pool_zones[slot.pool])]
    }
  }

  key_pair_keys = [for key in var.ssh_authorized_keys : key if can(regex(local.key_pair_key, key))]

  jump = concat(
    [for hop in var.jump : {
      address            = hop.address
      user               = hop.user
      port               = hop.port
      host_keys          = hop.host_keys
      host_key_authority = hop.host_key_authority
    }],
    [for address in aws_eip.bastion : {
      address            = address.public_ip
      user               = var.bastion.user
      port               = var.bastion.port
      host_keys          = var.bastion.host_keys
      host_key_authority = var.bastion.host_key_authority
    }]
  )
}
