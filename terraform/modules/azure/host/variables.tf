# A part of the module azure, which validates what comes in here. A module for each host, for inside one a reference
# costs the same in a fleet of any size.

variable "host" {
  description = "The host: its name, the name of its machine (and disk and interface), image, zone, VM size, disk in GiB, tags, what its first boot reads (null: only the ssh keys), and whether it is one of the balancer's first."
  type = object({
    name         = string
    machine      = string
    image        = string
    zone         = string
    machine_type = string
    disk_size    = number
    tags         = map(string)
    first_boot   = string
    first_member = bool
  })
}

variable "settings" {
  description = "What all hosts have in common."
  type = object({
    resource_group_name = string
    location            = string
    user                = string
    ssh_authorized_keys = list(string)
    disk_type           = string
    encryption_at_host  = bool
    trusted_launch      = bool
    public_address      = bool
    network_id          = string
    subnet_id           = string
    security_group_id   = string
    egress              = bool
    egress_pool_id      = string
    backend_pool_id     = string
  })
}
