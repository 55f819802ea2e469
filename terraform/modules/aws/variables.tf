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
  description = "Pools of hosts by name: blue, green, any. image: what a new host boots first, an AMI by id; changing it replaces the pool's hosts. zones and machine_type: null takes those of the module. weight: the pool's part of the traffic when the balancer is made; whoever swaps moves it later. labels: beside those of the module."
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
    condition     = alltrue([for pool in var.pools : can(regex("^ami-[0-9a-f]{8,17}$", pool.image))])
    error_message = "Every pool's image must be an AMI by its id, such as ami-0123456789abcdef0. To look one up, use the module image_aws."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.size >= 0 && pool.size <= 5000 && floor(pool.size) == pool.size])
    error_message = "Every pool's size must be a whole number from 0 to 5000."
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
    condition     = alltrue([for pool in var.pools : length(coalesce(pool.zones, var.zones)) > 0 && length(setsubtract(coalesce(pool.zones, var.zones), var.zones)) == 0])
    error_message = "Every pool needs a zone, and its zones must be among the module's zones."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.zones == null ? true : length(distinct(pool.zones)) == length(pool.zones)])
    error_message = "A pool's zones must not name a zone twice."
  }

  validation {
    condition     = alltrue([for pool in var.pools : alltrue([for name in keys(pool.labels) : can(regex("^[a-z][a-z0-9_-]{0,62}$", name))])])
    error_message = "Names of labels must be 1 to 63 lower-case letters, digits, hyphens and underscores, beginning with a letter."
  }

  validation {
    condition     = alltrue([for pool in var.pools : alltrue([for value in values(pool.labels) : can(regex(local.label, value))])])
    error_message = "AWS takes labels of at most 256 letters, digits, spaces and _ . : / = + - @."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.machine_type == null ? true : can(regex(local.machine_type, pool.machine_type))])
    error_message = "Every pool's machine_type must be an EC2 instance type, such as m7i.large."
  }

  validation {
    condition     = sum(concat([0], [for pool in var.pools : pool.size])) <= 5000
    error_message = "A fleet has room for 5000 hosts: make the pools smaller."
  }

  validation {
    condition     = var.balancer == null || length(var.pools) == 0 || anytrue([for pool in var.pools : pool.weight > 0])
    error_message = "With a balancer at least one pool needs a weight above 0, or nobody would get the traffic."
  }

  validation {
    condition     = var.balancer == null || length(var.pools) <= 5
    error_message = "A balancer of AWS shares traffic out to at most 5 pools."
  }
}

variable "zones" {
  description = "Availability zones the hosts are spread over. A balancer needs two. Add new ones at the end: their places give the subnets of a network made here their addresses."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.zones) > 0 && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones must name at least one zone, and none twice."
  }

  validation {
    condition     = alltrue([for zone in var.zones : can(regex("^[a-z]{2,}(-[a-z0-9]+)+-[0-9]+[a-z]$", zone))])
    error_message = "Every zone must be an availability zone of AWS, such as eu-central-1a."
  }
}

variable "machine_type" {
  description = "EC2 instance type, where the pool does not say otherwise. Changing it stops the hosts and starts them again."
  type        = string
  default     = "t3.small"
  nullable    = false

  validation {
    condition     = can(regex(local.machine_type, var.machine_type))
    error_message = "machine_type must be an EC2 instance type, such as m7i.large."
  }
}

variable "disk_size" {
  description = "Size of a host's disk in GiB, where the pool does not say otherwise. Growing it changes the running hosts' volumes; it cannot shrink."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.disk_size >= 8 && var.disk_size <= 16384 && floor(var.disk_size) == var.disk_size
    error_message = "disk_size must be a whole number of GiB from 8 to 16384."
  }
}

variable "disk_type" {
  description = "EBS volume type of the hosts' disks: gp3 or gp2."
  type        = string
  default     = "gp3"
  nullable    = false

  validation {
    condition     = contains(["gp2", "gp3"], var.disk_type)
    error_message = "disk_type must be gp3 or gp2."
  }
}

variable "labels" {
  description = "Tags on everything that can carry them. Machines also carry atomic-fleet (the fleet's name) and atomic-fleet-pool."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex("^[a-z][a-z0-9_-]{0,62}$", name))])
    error_message = "Names of labels must be 1 to 63 lower-case letters, digits, hyphens and underscores, beginning with a letter."
  }

  validation {
    condition     = alltrue([for value in values(var.labels) : can(regex(local.label, value))])
    error_message = "AWS takes labels of at most 256 letters, digits, spaces and _ . : / = + - @."
  }
}
