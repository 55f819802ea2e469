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
    error_message = "public_addresses excludes bastion and jump: hosts are reached either directly or through jump hosts."
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
    error_message = "balancer.health_path must be a path of a URL, such as /healthz."
  }

  validation {
    condition     = var.balancer == null ? true : var.balancer.health_interval >= 5 && var.balancer.health_interval <= 300 && floor(var.balancer.health_interval) == var.balancer.health_interval
    error_message = "balancer.health_interval must be a whole number of seconds from 5 to 300."
  }

  validation {
    condition     = !try(var.balancer.public, false) ? true : length(coalesce(var.balancer.from, [])) > 0
    error_message = "A public balancer needs from: the networks that may reach it, 0.0.0.0/0 for everybody."
  }

  validation {
    condition     = try(var.balancer.from, null) == null ? true : length(var.balancer.from) > 0 && alltrue([for cidr in var.balancer.from : can(cidrnetmask(cidr)) && try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    error_message = "balancer.from must be IPv4 networks, at least one, such as 203.0.113.0/24."
  }
}
