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
    error_message = "public_addresses excludes bastion and jump: hosts are reached either directly or through jump hosts."
  }
}

variable "balancer" {
  description = "A load balancer of Octavia that knows every pool. port: where clients reach it; host_port, health_path: where hosts answer and are asked for their health, every health_interval seconds. public: with a floating IP. from: IPv4 networks of clients; null: the network's own, where it is not public. drain_seconds: how long a host that is taken out is given for its connections to end."
  type = object({
    port            = optional(number, 80)
    host_port       = optional(number, 8080)
    health_path     = optional(string, "/healthz")
    health_interval = optional(number, 10)
    public          = optional(bool, false)
    from            = optional(list(string))
    drain_seconds   = optional(number, 10)
  })
  default = null

  validation {
    condition     = var.balancer == null ? true : alltrue([for port in [var.balancer.port, var.balancer.host_port] : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "balancer.port and balancer.host_port must be whole numbers from 1 to 65535."
  }

  validation {
    condition     = var.balancer == null ? true : can(regex("^/[A-Za-z0-9._~/%-]{0,254}$", var.balancer.health_path))
    error_message = "balancer.health_path must be a path of a URL, such as /healthz."
  }

  validation {
    condition     = var.balancer == null ? true : var.balancer.health_interval >= 5 && var.balancer.health_interval <= 300 && floor(var.balancer.health_interval) == var.balancer.health_interval
    error_message = "balancer.health_interval must be a whole number of seconds from 5 to 300."
  }

  validation {
    condition     = var.balancer == null ? true : var.balancer.drain_seconds >= 0 && var.balancer.drain_seconds <= 3600 && floor(var.balancer.drain_seconds) == var.balancer.drain_seconds
    error_message = "balancer.drain_seconds must be a whole number of seconds from 0 to 3600: Octavia does not count the connections of a host."
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
