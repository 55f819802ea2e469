# Where the hosts stand, who reaches them, and who gets their traffic.

variable "network_cidr" {
  description = "Addresses of the network that is made where none is brought along. Its first half is the hosts' subnet."
  type        = string
  default     = "10.77.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.network_cidr)) && try(tonumber(split("/", var.network_cidr)[1]) >= 8 && tonumber(split("/", var.network_cidr)[1]) <= 28, false)
    error_message = "network_cidr must be an IPv4 network such as 10.77.0.0/16, from /8 to /28."
  }
}

variable "network" {
  description = "Network brought along: subnet_id, the resource id of a subnet in location, and cidr, the addresses whose hosts are let at an internal balancer. It brings its own way out. Null makes a network."
  type = object({
    subnet_id = string
    cidr      = string
  })
  default = null

  validation {
    condition     = var.network == null ? true : can(regex(local.subnet_pattern, var.network.subnet_id))
    error_message = "network.subnet_id must be the resource id of a subnet: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…/subnets/…."
  }

  validation {
    condition     = var.network == null ? true : can(cidrnetmask(var.network.cidr))
    error_message = "network.cidr must be an IPv4 network such as 10.0.0.0/16."
  }
}

variable "egress_addresses" {
  description = "How many public addresses hosts in the made network go out by; they share the ports of these. Null: one for every 500 hosts. It may grow, not shrink."
  type        = number
  default     = null

  validation {
    condition     = var.egress_addresses == null ? true : floor(var.egress_addresses) == var.egress_addresses && var.egress_addresses >= ceil(length(local.hosts) / 500) && var.egress_addresses >= 1 && var.egress_addresses <= 16
    error_message = "egress_addresses must be a whole number from 1 to 16, and at least one for every 500 hosts."
  }
}

variable "public_addresses" {
  description = "Whether every host gets a public address, and is reached by it."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.public_addresses && (length(var.jump) > 0 || var.bastion != null))
    error_message = "public_addresses and a way through jump hosts (jump, bastion) exclude each other."
  }
}

variable "ssh_from" {
  description = "Networks that may reach port 22: of the bastion where there is one, else of the hosts."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_from : can(cidrnetmask(cidr))])
    error_message = "Every one of ssh_from must be an IPv4 network such as 203.0.113.0/24."
  }
}

variable "bastion" {
  description = "A jump host with a public address, the last hop to every host, and the only one that may reach their port 22. It stands in the first zone. machine_type: null takes the module's. first_boot: as for hosts. host_keys, host_key_authority: as learnt at provision. A changed image replaces it, with a gap, at the same address."
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
    condition     = var.bastion == null ? true : can(regex(local.image_pattern, var.bastion.image))
    error_message = "bastion.image must be the resource id of a managed image (…/Microsoft.Compute/images/NAME) or of one version of a gallery's image (…/galleries/GALLERY/images/NAME/versions/1.2.3), never latest."
  }

  validation {
    condition     = var.bastion == null ? true : var.bastion.machine_type == null ? true : can(regex(local.size_pattern, var.bastion.machine_type))
    error_message = "bastion.machine_type must be a VM size, such as Standard_D2s_v5."
  }

  validation {
    condition     = var.bastion == null ? true : can(regex("^[a-z_][a-z0-9_-]{0,31}$", var.bastion.user)) && !contains(local.reserved_users, var.bastion.user)
    error_message = "bastion.user must be 1 to 32 lower-case letters, digits, hyphens and underscores, and not a name that Azure reserves (${join(", ", local.reserved_users)})."
  }

  validation {
    condition     = var.bastion == null ? true : var.bastion.port >= 1 && var.bastion.port <= 65535 && floor(var.bastion.port) == var.bastion.port
    error_message = "bastion.port must be a whole number from 1 to 65535."
  }

  validation {
    condition     = var.bastion == null ? true : var.bastion.first_boot == null ? true : length(var.bastion.first_boot) > 0 && length(base64encode(var.bastion.first_boot)) <= 87380
    error_message = "bastion.first_boot must not be empty, and may have 65535 bytes."
  }

  validation {
    condition     = var.bastion == null ? true : alltrue([for key in concat(var.bastion.host_keys, var.bastion.host_key_authority == null ? [] : [var.bastion.host_key_authority]) : can(regex(local.key_pattern, key))])
    error_message = "bastion.host_keys and bastion.host_key_authority must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
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
    condition     = length(var.jump) <= 7
    error_message = "jump may have 7 hops."
  }

  validation {
    condition     = alltrue([for hop in var.jump : can(regex("^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$", hop.address)) && can(regex("^[A-Za-z_][A-Za-z0-9._-]{0,63}$", hop.user)) && hop.port >= 1 && hop.port <= 65535 && floor(hop.port) == hop.port])
    error_message = "Every hop of jump must have an address (IP or DNS name), a user, and a port from 1 to 65535."
  }

  validation {
    condition     = alltrue([for key in flatten([for hop in var.jump : concat(hop.host_keys, hop.host_key_authority == null ? [] : [hop.host_key_authority])]) : can(regex(local.key_pattern, key))])
    error_message = "Every hop's host_keys and host_key_authority must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "balancer" {
  description = "A load balancer that knows every pool. port: where clients reach it; host_port: where hosts serve; health_path, health_interval (seconds): how it asks them; public: at a public address; from: networks that may reach it (null: the network's own, where not public)."
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
    error_message = "balancer.port and balancer.host_port must be whole numbers from 1 to 65535."
  }

  validation {
    condition     = var.balancer == null ? true : can(regex("^/[!-~]{0,254}$", var.balancer.health_path))
    error_message = "balancer.health_path must begin with / and have neither spaces nor control characters."
  }

  validation {
    condition     = var.balancer == null ? true : var.balancer.health_interval >= 5 && var.balancer.health_interval <= 300 && floor(var.balancer.health_interval) == var.balancer.health_interval
    error_message = "balancer.health_interval must be a whole number of seconds from 5 to 300."
  }

  validation {
    condition     = var.balancer == null ? true : var.balancer.from == null ? !var.balancer.public : length(var.balancer.from) > 0 && alltrue([for cidr in var.balancer.from : can(cidrnetmask(cidr))])
    error_message = "balancer.from must be IPv4 networks such as 203.0.113.0/24; a public balancer needs at least one."
  }
}
