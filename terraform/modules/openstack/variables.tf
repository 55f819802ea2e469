variable "name" {
  description = "Name of the fleet. Hosts are called NAME-POOL-NUMBER."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 20 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen."
  }
}

variable "pools" {
  description = "Pools of hosts by name: blue, green, any. image: what a new host boots first, an image by its UUID; changing it replaces the pool's hosts. zones, machine_type and disk_size: null takes those of the module. weight: the pool's part of the traffic when its hosts are made; whoever swaps moves it later. labels: beside those of the module."
  type = map(object({
    image        = string
    size         = optional(number, 1)
    zones        = optional(list(string))
    machine_type = optional(string)
    disk_size    = optional(number)
    weight       = optional(number, 0)
    labels       = optional(map(string), {})
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.pools) : can(regex("^[a-z][a-z0-9]{0,10}$", name))])
    error_message = "Every pool's name must be 1 to 11 lower-case letters and digits, beginning with a letter."
  }

  validation {
    condition     = alltrue([for pool in var.pools : can(regex(local.uuid, pool.image))])
    error_message = "Every pool's image must be an image by its UUID, such as 1c1a5f2e-7d3b-4c55-9a3e-0d6f5b8f4a10. To upload one, use the module image_openstack."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.size >= 0 && pool.size <= 5000 && floor(pool.size) == pool.size])
    error_message = "Every pool's size must be a whole number from 0 to 5000."
  }

  validation {
    condition     = sum(concat([0], [for pool in var.pools : pool.size])) <= 5000
    error_message = "A fleet has room for 5000 hosts: make the pools smaller."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.machine_type == null ? true : can(regex(local.flavor, pool.machine_type))])
    error_message = "Every pool's machine_type must be the name of a flavor, of letters, digits, spaces and . _ - alone."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.disk_size == null ? true : pool.disk_size >= 8 && pool.disk_size <= 16384 && floor(pool.disk_size) == pool.disk_size])
    error_message = "Every pool's disk_size must be a whole number of GiB from 8 to 16384."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.weight >= 0 && pool.weight <= 100 && floor(pool.weight) == pool.weight])
    error_message = "Every pool's weight must be a whole number from 0 to 100."
  }

  validation {
    condition     = var.balancer == null || length(var.pools) == 0 || anytrue([for pool in var.pools : pool.weight > 0])
    error_message = "With a balancer at least one pool needs a weight above 0, or nobody would get the traffic."
  }

  validation {
    condition     = alltrue([for pool in var.pools : length(coalesce(pool.zones, var.zones)) > 0 && length(setsubtract(coalesce(pool.zones, var.zones), var.zones)) == 0])
    error_message = "Every pool needs a zone, and its zones must be among the module's zones."
  }

  validation {
    condition     = alltrue([for pool in var.pools : length(distinct(coalesce(pool.zones, var.zones))) == length(coalesce(pool.zones, var.zones))])
    error_message = "A pool's zones must not name a zone twice."
  }

  validation {
    condition     = alltrue([for pool in var.pools : alltrue([for name in keys(pool.labels) : can(regex("^[a-z][a-z0-9_-]{0,62}$", name))])])
    error_message = "Names of labels must be 1 to 63 lower-case letters, digits, hyphens and underscores, beginning with a letter."
  }

  validation {
    condition     = alltrue([for pool in var.pools : alltrue([for value in values(pool.labels) : can(regex(local.label_value, value))])])
    error_message = "Values of a pool's labels must be up to 255 characters on one line, which is what OpenStack takes."
  }
}

variable "zones" {
  description = "Availability zones of Nova. The hosts of a pool are dealt over its zones in turn."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.zones) > 0 && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones must name at least one zone, and none twice."
  }

  validation {
    condition     = alltrue([for zone in var.zones : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", zone))])
    error_message = "Every zone must be an availability zone such as nova, of letters, digits and . _ - alone, without a host after it."
  }
}

variable "machine_type" {
  description = "Flavor of the hosts, by name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex(local.flavor, var.machine_type))
    error_message = "machine_type must be the name of a flavor, of letters, digits, spaces and . _ - alone."
  }
}

variable "disk_size" {
  description = "GiB of the volume that hosts boot from, which goes with its host. Null: the disk that comes with the flavor, and no volume."
  type        = number
  default     = null

  validation {
    condition     = var.disk_size == null ? true : var.disk_size >= 8 && var.disk_size <= 16384 && floor(var.disk_size) == var.disk_size
    error_message = "disk_size must be a whole number of GiB from 8 to 16384."
  }
}

variable "disk_type" {
  description = "Volume type of the volumes that hosts boot from; an encrypted one encrypts them. Null: the cloud's own choice."
  type        = string
  default     = null

  validation {
    condition     = var.disk_type == null ? true : can(regex(local.flavor, var.disk_type))
    error_message = "disk_type must be the name of a volume type, of letters, digits, spaces and . _ - alone."
  }

  validation {
    condition     = var.disk_type == null || var.disk_size != null || anytrue([for pool in var.pools : pool.disk_size != null])
    error_message = "disk_type is for volumes, and without a disk_size there are none: give one, or leave disk_type out."
  }
}

variable "labels" {
  description = "Labels of everything that can carry them: metadata of machines, tags NAME=VALUE of the rest."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex("^[a-z][a-z0-9_-]{0,62}$", name))])
    error_message = "Names of labels must be 1 to 63 lower-case letters, digits, hyphens and underscores, beginning with a letter."
  }

  # 60 characters, and neither commas nor slashes, are what tags may be on every release of Neutron
  validation {
    condition     = alltrue([for name, value in var.labels : length("${name}=${value}") <= 60 && can(regex("^[^,/[:cntrl:]]*$", value))])
    error_message = "Labels become tags NAME=VALUE, which OpenStack limits to 60 characters without commas and slashes: shorten them, or give them to the pools, whose labels are metadata alone."
  }
}
