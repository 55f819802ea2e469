variable "network" {
  description = "A network brought along: network and subnetwork by id (projects/…), the subnetwork in the region. proxy_only_cidr: range of the proxy-only subnetwork that the region of this network has; a balancer that is not public needs it. Null: a network is made from network_cidr."
  type = object({
    network         = string
    subnetwork      = string
    proxy_only_cidr = optional(string)
  })
  default = null

  validation {
    condition     = var.network == null ? true : can(regex("^projects/([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]/global/networks/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.network.network))
    error_message = "network.network must be the id of a network: projects/PROJECT/global/networks/NETWORK."
  }

  validation {
    condition     = var.network == null ? true : can(regex("^projects/([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]/regions/${var.region}/subnetworks/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.network.subnetwork))
    error_message = "network.subnetwork must be the id of a subnetwork in the region: projects/PROJECT/regions/REGION/subnetworks/SUBNETWORK."
  }

  validation {
    condition     = try(var.network.proxy_only_cidr, null) == null ? true : can(cidrnetmask(var.network.proxy_only_cidr))
    error_message = "network.proxy_only_cidr must be an IPv4 CIDR, such as 10.77.128.0/23."
  }

  validation {
    condition     = var.network == null || var.balancer == null ? true : var.balancer.public || var.network.proxy_only_cidr != null
    error_message = "A balancer that is not public works through a proxy-only subnetwork, of which a network has one in each region: give its range as network.proxy_only_cidr."
  }
}

variable "network_cidr" {
  description = "Range of the network that is made where none is brought along: its first half is the hosts', its second half holds the proxy-only subnetwork of a balancer that is not public."
  type        = string
  default     = "10.77.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.network_cidr)) && try(tonumber(split("/", var.network_cidr)[1]) >= 8 && tonumber(split("/", var.network_cidr)[1]) <= 24, false)
    error_message = "network_cidr must be an IPv4 CIDR from /8 to /24, such as 10.77.0.0/16."
  }

  validation {
    # four addresses of a subnetwork are Google Cloud's, two more are for the bastion and the balancer
    condition     = var.network != null || try(pow(2, 31 - tonumber(split("/", var.network_cidr)[1])) - 6 >= sum(concat([0], [for pool in var.pools : pool.size])), true)
    error_message = "network_cidr is too small for that many hosts, which get one half of it."
  }
}

variable "public_addresses" {
  description = "Whether hosts get a public address, by which they are then reached. Without, they are reached by their private one and go out by NAT."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.public_addresses || (length(var.jump) == 0 && var.bastion == null)
    error_message = "public_addresses excludes bastion and jump: hosts are reached either directly or through jump hosts."
  }
}

variable "balancer" {
  description = "An HTTP balancer that knows every pool: port is the clients', host_port the hosts'; health_interval in seconds. public: a global one on the internet, else one inside the network and its region. from: as Google Cloud narrows neither by address, [\"0.0.0.0/0\"] for a public one, nothing for another. security_policy: id of a Cloud Armor policy that narrows it. Null, or no pools: none."
  type = object({
    port            = optional(number, 80)
    host_port       = optional(number, 8080)
    health_path     = optional(string, "/healthz")
    health_interval = optional(number, 10)
    public          = optional(bool, false)
    from            = optional(list(string))
    security_policy = optional(string)
  })
  default = null

  validation {
    condition     = var.balancer == null ? true : alltrue([for port in [var.balancer.port, var.balancer.host_port] : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "balancer.port and balancer.host_port must be whole numbers from 1 to 65535."
  }

  validation {
    condition     = var.balancer == null ? true : can(regex("^/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,1000}$", var.balancer.health_path))
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
    condition     = try(var.balancer.from, null) == null ? true : var.balancer.public && alltrue([for cidr in var.balancer.from : cidr == "0.0.0.0/0" || !can(cidrhost(cidr, 0))])
    error_message = "Google Cloud narrows no balancer by address: from is [\"0.0.0.0/0\"] for a public one, and is left out for another, which its whole network reaches. To narrow it, name a Cloud Armor policy in security_policy."
  }

  validation {
    condition     = try(var.balancer.security_policy, null) == null ? true : can(regex("^projects/([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]/${var.balancer.public ? "global" : "regions/${var.region}"}/securityPolicies/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.balancer.security_policy))
    error_message = "balancer.security_policy must be the id of a Cloud Armor policy: projects/PROJECT/global/securityPolicies/POLICY for a public one, projects/PROJECT/regions/REGION/securityPolicies/POLICY for another."
  }
}
