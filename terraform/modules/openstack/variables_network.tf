variable "network" {
  description = "A network brought along, and its subnet, by UUID. A router is taken to be there. Null: one is made from network_cidr."
  type = object({
    id        = string
    subnet_id = string
  })
  default = null

  validation {
    condition     = var.network == null ? true : can(regex(local.uuid, var.network.id)) && can(regex(local.uuid, var.network.subnet_id))
    error_message = "network must be a network and a subnet of it by their UUIDs."
  }
}

variable "network_cidr" {
  description = "Addresses of the network that is made where none is brought along."
  type        = string
  default     = "10.77.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.network_cidr)) && try(cidrsubnet(var.network_cidr, 0, 0) == var.network_cidr, false)
    error_message = "network_cidr must be an IPv4 network such as 10.77.0.0/16."
  }
}

variable "external_network" {
  description = "The external network, by name, as floating IPs are asked for: they come from it, and a network made here gets a router to it. Null: no router, so that hosts reach nothing outside, and no floating IPs."
  type        = string
  default     = null

  validation {
    condition     = var.external_network == null ? true : can(regex("^[^[:cntrl:]]{1,255}$", var.external_network))
    error_message = "external_network must be the name of a network, on one line."
  }

  validation {
    condition     = var.external_network != null || !(var.public_addresses || var.bastion != null || try(var.balancer.public, false))
    error_message = "public_addresses, a bastion and a public balancer need floating IPs: give external_network."
  }
}

variable "dns_nameservers" {
  description = "Resolvers that hosts in a network made here are told of, by IP address. Empty: the cloud's own."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.dns_nameservers : can(cidrhost("${address}/32", 0))])
    error_message = "dns_nameservers must be IPv4 addresses."
  }
}

variable "public_addresses" {
  description = "Whether every host gets a floating IP, which is its address in the contract then."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.public_addresses && (var.bastion != null || length(var.jump) > 0))
    error_message = "public_addresses and a jump chain or bastion exclude each other: hosts are reached either directly or through it."
  }
}

variable "ssh_from" {
  description = "CIDRs that may reach the port of ssh: the bastion's where there is one, else the hosts'."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_from : try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    error_message = "ssh_from must be networks in CIDR notation, such as 203.0.113.0/24 or 203.0.113.7/32."
  }
}

variable "bastion" {
  description = "One jump host with a floating IP in the hosts' network, in the first zone: the last hop to every host, and the only one that may reach their port 22. machine_type: null takes the module's. first_boot, host_keys and host_key_authority as for hosts."
  type = object({
    image              = string
    machine_type       = optional(string)
    user               = optional(string, "core")
    port               = optional(number, 22)
    first_boot         = optional(string)
    host_keys          = optional(list(string), [])
    host_key_authority = optional(string)
  })
  default = null

  validation {
    condition     = var.bastion == null ? true : can(regex(local.uuid, var.bastion.image))
    error_message = "The bastion's image must be an image by its UUID."
  }

  validation {
    condition     = try(var.bastion.machine_type, null) == null ? true : can(regex(local.flavor, var.bastion.machine_type))
    error_message = "The bastion's machine_type must be the name of a flavor, of letters, digits, spaces and . _ - alone."
  }

  validation {
    condition     = var.bastion == null ? true : can(regex(local.user, var.bastion.user)) && var.bastion.port >= 1 && var.bastion.port <= 65535 && floor(var.bastion.port) == var.bastion.port
    error_message = "The bastion's user must be the name of a login user, and its port a whole number from 1 to 65535."
  }

  validation {
    condition     = try(var.bastion.first_boot, null) == null ? true : trimspace(var.bastion.first_boot) != "" && length(base64encode(var.bastion.first_boot)) <= 65535
    error_message = "The bastion's first_boot must not be empty, and at most 49149 bytes, the most that OpenStack takes."
  }

  validation {
    condition     = var.bastion == null ? true : alltrue([for key in concat(var.bastion.host_keys, var.bastion.host_key_authority[*]) : can(regex(local.public_key, key))])
    error_message = "The bastion's host_keys and host_key_authority must be public keys, as in ssh_host_ed25519_key.pub."
  }
}

variable "jump" {
  description = "A jump chain brought along, the hop nearest to you first. It goes before the bastion."
  type = list(object({
    address            = string
    user               = string
    port               = optional(number, 22)
    host_keys          = optional(list(string), [])
    host_key_authority = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = length(var.jump) + (var.bastion == null ? 0 : 1) <= 8
    error_message = "A jump chain has at most 8 hops, the bastion among them."
  }

  validation {
    condition     = alltrue([for hop in var.jump : can(regex("^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$", hop.address)) && can(regex(local.user, hop.user)) && hop.port >= 1 && hop.port <= 65535 && floor(hop.port) == hop.port])
    error_message = "Every hop of jump needs an IP address or DNS name, the name of a login user, and a port from 1 to 65535."
  }

  validation {
    condition     = alltrue(flatten([for hop in var.jump : [for key in concat(hop.host_keys, hop.host_key_authority[*]) : can(regex(local.public_key, key))]]))
    error_message = "The host_keys and host_key_authority of jump must be public keys, as in ssh_host_ed25519_key.pub."
  }
}

variable "host_keys" {
  description = "Public host keys by host name, as learnt when hosts were made. They go into the contract; keys of hosts that are gone do no harm."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue(flatten([for keys in values(var.host_keys) : [for key in keys : can(regex(local.public_key, key))]]))
    error_message = "host_keys must be public keys, as in ssh_host_ed25519_key.pub."
  }
}

variable "host_key_authority" {
  description = "Public key of the SSH CA that signs the hosts' keys. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.host_key_authority == null ? true : can(regex(local.public_key, var.host_key_authority))
    error_message = "host_key_authority must be a public key, as in ca.pub."
  }
}

variable "balancer" {
  description = "A load balancer of Octavia that knows every pool. port: where clients reach it; host_port, health_path: where hosts answer and are asked for their health, every health_interval seconds. public: with a floating IP. from: CIDRs of clients; null: the network's own, where it is not public."
  type = object({
    port            = optional(number, 80)
    host_port       = optional(number, 8080)
    health_path     = optional(string, "/healthz")
    health_interval = optional(number, 10)
    public          = optional(bool, false)
    from            = optional(list(string))
  })
  default = null

  validation {
    condition     = var.balancer == null ? true : alltrue([for port in [var.balancer.port, var.balancer.host_port] : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "The balancer's port and host_port must be whole numbers from 1 to 65535."
  }

  validation {
    condition     = var.balancer == null ? true : can(regex("^/[A-Za-z0-9._~/%-]{0,254}$", var.balancer.health_path))
    error_message = "The balancer's health_path must be a path such as /healthz, without a query."
  }

  validation {
    condition     = var.balancer == null ? true : var.balancer.health_interval >= 5 && var.balancer.health_interval <= 300 && floor(var.balancer.health_interval) == var.balancer.health_interval
    error_message = "The balancer's health_interval must be a whole number of seconds from 5 to 300."
  }

  validation {
    condition     = var.balancer == null ? true : !var.balancer.public || length(coalesce(var.balancer.from, [])) > 0
    error_message = "A public balancer needs from: the CIDRs that its clients come from, 0.0.0.0/0 for everybody."
  }

  validation {
    condition     = try(var.balancer.from, null) == null ? true : length(var.balancer.from) > 0 && alltrue([for cidr in var.balancer.from : try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    error_message = "The balancer's from must be networks in CIDR notation, such as 203.0.113.0/24, at least one."
  }
}

variable "balancer_provider" {
  description = "Octavia's provider of the balancer. It must weigh its members and ask HTTP for their health, which ovn cannot."
  type        = string
  default     = "amphora"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{0,63}$", var.balancer_provider)) && var.balancer_provider != "ovn"
    error_message = "balancer_provider must be a provider of Octavia that weighs members, such as amphora; ovn does not."
  }
}
