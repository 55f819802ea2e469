variable "network" {
  description = "A network brought along; null makes one. subnets: where the hosts (and a balancer that is not public) stand, by zone. public_subnets: where the bastion and a public balancer stand, by zone. With public_addresses the hosts' subnets must lead to an internet gateway."
  type = object({
    vpc_id         = string
    subnets        = map(string)
    public_subnets = optional(map(string), {})
  })
  default = null

  validation {
    condition     = var.network == null ? true : can(regex("^vpc-[0-9a-f]{8,17}$", var.network.vpc_id))
    error_message = "network.vpc_id must be the id of a VPC, such as vpc-0123456789abcdef0."
  }

  validation {
    condition     = var.network == null ? true : alltrue([for id in concat(values(var.network.subnets), values(var.network.public_subnets)) : can(regex("^subnet-[0-9a-f]{8,17}$", id))])
    error_message = "network.subnets and network.public_subnets must be ids of subnets, such as subnet-0123456789abcdef0."
  }

  validation {
    condition     = var.network == null ? true : length(setsubtract(var.zones, keys(var.network.subnets))) == 0
    error_message = "network.subnets needs a subnet for every zone."
  }

  validation {
    condition     = var.network != null || length(var.zones) <= 8
    error_message = "A network that is made here for AWS has room for 8 zones."
  }

  validation {
    condition     = var.network == null || var.bastion == null ? true : contains(keys(var.network.public_subnets), var.zones[0])
    error_message = "A bastion needs network.public_subnets with a subnet for the first zone."
  }

  validation {
    condition     = var.network == null || !try(var.balancer.public, false) ? true : length(setsubtract(var.zones, keys(var.network.public_subnets))) == 0
    error_message = "A public balancer needs network.public_subnets with a subnet for every zone."
  }
}

variable "network_cidr" {
  description = "Addresses of the network made here."
  type        = string
  default     = "10.77.0.0/16"
  nullable    = false

  validation {
    condition     = can(regex("/(1[6-9]|2[0-3])$", var.network_cidr)) && can(cidrnetmask(var.network_cidr)) && try(cidrsubnet(var.network_cidr, 0, 0) == var.network_cidr, false)
    error_message = "network_cidr must be an IPv4 network of /16 to /23, such as 10.77.0.0/16."
  }
}

variable "nat" {
  description = "Whether a network made here has a NAT gateway, by which hosts without a public address fetch their updates. Without it, give them another way: a mirror in the network, or endpoints."
  type        = bool
  default     = true
  nullable    = false
}

variable "public_addresses" {
  description = "Whether hosts get a public address each; the contract then carries that one. Changing it replaces the hosts of a network made here."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.public_addresses && (var.bastion != null || length(var.jump) > 0))
    error_message = "public_addresses excludes bastion and jump: hosts are reached either directly or through jump hosts."
  }
}

variable "balancer" {
  description = "An application load balancer that knows every pool; null makes none. It listens on port (HTTP), hosts on host_port, and health_path must answer 200 there, asked every health_interval seconds. from: who may reach it; null is the network itself, where the balancer is not public."
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
    condition     = var.balancer == null ? true : can(regex("^/[A-Za-z0-9/._~%?&=+-]{0,1000}$", var.balancer.health_path))
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

  validation {
    condition     = var.balancer == null || length(var.zones) >= 2
    error_message = "A balancer of AWS stands in at least two zones: name two in zones."
  }

  validation {
    condition     = var.balancer == null || !startswith(var.name, "internal-")
    error_message = "AWS keeps balancers' names that begin with internal- to itself: give the fleet another name."
  }
}
