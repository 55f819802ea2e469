variable "name" {
  description = "Name of the fleet. Hosts are called NAME-POOL-NUMBER."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 20 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen."
  }
}

variable "project" {
  description = "Id of the project that everything is made in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be the id of a project (not its name or number), such as my-project-1."
  }
}

variable "region" {
  description = "Region that everything is made in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region must be a region of Google Cloud, such as europe-west3."
  }
}

variable "pools" {
  description = "Pools of hosts by name: blue, green, any. image: what a new host boots first, by its exact name; changing it replaces the pool's hosts. zones, machine_type and disk_size: null takes those of the module. weight: the pool's part of the traffic when the balancer is made; whoever swaps moves it later. labels: beside those of the module."
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
    condition     = alltrue([for pool in var.pools : can(regex("^projects/([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]/global/images/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", pool.image))])
    error_message = "Every pool's image must be one image by its exact name, such as projects/fedora-coreos-cloud/global/images/fedora-coreos-44-20260707-3-1-gcp-x86-64, and no family. To look one up, use the module image_gcp."
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
    condition     = alltrue([for pool in var.pools : pool.machine_type == null ? true : can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)+$", pool.machine_type))])
    error_message = "Every pool's machine_type must be a machine type of Google Cloud, such as e2-small."
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
    condition     = alltrue([for pool in var.pools : pool.zones == null ? true : length(pool.zones) > 0 && length(setsubtract(pool.zones, var.zones)) == 0])
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
    condition     = alltrue([for pool in var.pools : alltrue([for value in values(pool.labels) : can(regex("^[a-z0-9_-]{0,63}$", value))])])
    error_message = "Values of labels must be 0 to 63 lower-case letters, digits, hyphens and underscores: Google Cloud takes no others."
  }
}

variable "zones" {
  description = "Zones of the region. The hosts of a pool are dealt over its zones in turn."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.zones) > 0 && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones must name at least one zone, and none twice."
  }

  validation {
    condition     = alltrue([for zone in var.zones : can(regex("^[a-z]+-[a-z]+[0-9]{1,2}-[a-z0-9]{1,6}$", zone)) && startswith(zone, "${var.region}-")])
    error_message = "Every zone must be a zone of the region, such as europe-west3-a in europe-west3."
  }
}

variable "machine_type" {
  description = "Machine type of the hosts, where their pool does not say otherwise. Changing it stops a host and starts it again."
  type        = string
  default     = "e2-small"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)+$", var.machine_type))
    error_message = "machine_type must be a machine type of Google Cloud, such as e2-small."
  }
}

variable "disk_size" {
  description = "Size of a host's disk in GiB, where its pool does not say otherwise. Changing it replaces the hosts."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.disk_size >= 8 && var.disk_size <= 16384 && floor(var.disk_size) == var.disk_size
    error_message = "disk_size must be a whole number of GiB from 8 to 16384."
  }
}

variable "disk_type" {
  description = "Type of a host's disk; newer machine types take hyperdisk-balanced only. Changing it replaces the hosts."
  type        = string
  default     = "pd-balanced"
  nullable    = false

  validation {
    condition     = contains(["pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced"], var.disk_type)
    error_message = "disk_type must be pd-standard, pd-balanced, pd-ssd or hyperdisk-balanced."
  }
}

variable "secure_boot" {
  description = "Secure Boot of the hosts. Off, because Fedora CoreOS does not state that it boots so on Google Cloud (coreos/fedora-coreos-tracker issue 346); turn it on for images that you know to. Changing it stops a host and starts it again."
  type        = bool
  default     = false
  nullable    = false
}

variable "service_account" {
  description = "Email of a service account that hosts act as, with the scope cloud-platform: what it may do is its roles' matter. Null: none, hosts have no credentials. Changing it stops a host and starts it again."
  type        = string
  default     = null

  validation {
    condition     = var.service_account == null ? true : can(regex("^[a-z0-9-]+@[a-z0-9.-]+\\.gserviceaccount\\.com$", var.service_account))
    error_message = "service_account must be the email of a service account, such as web@my-project-1.iam.gserviceaccount.com."
  }
}

variable "labels" {
  description = "Labels of everything that can carry them, beside atomic-fleet = NAME, and on hosts atomic-fleet-pool = POOL."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex("^[a-z][a-z0-9_-]{0,62}$", name))])
    error_message = "Names of labels must be 1 to 63 lower-case letters, digits, hyphens and underscores, beginning with a letter."
  }

  validation {
    condition     = alltrue([for value in values(var.labels) : can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "Values of labels must be 0 to 63 lower-case letters, digits, hyphens and underscores: Google Cloud takes no others."
  }
}
