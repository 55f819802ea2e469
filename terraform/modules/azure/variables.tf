variable "name" {
  description = "Name of the fleet. Hosts are called NAME-POOL-NUMBER."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 20 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen."
  }
}

variable "location" {
  description = "Azure region, such as westeurope. It must have availability zones."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,49}$", var.location))
    error_message = "location must be the short name of an Azure region, such as westeurope: lower-case letters and digits."
  }
}

variable "resource_group_name" {
  description = "Resource group brought along, in location. Null makes one that is called NAME."
  type        = string
  default     = null

  validation {
    condition     = var.resource_group_name == null ? true : can(regex("^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$", var.resource_group_name))
    error_message = "resource_group_name must be 1 to 90 letters, digits and _ ( ) . - alone, not ending in a full stop."
  }
}

variable "pools" {
  description = "Pools of hosts by name: blue, green, any. image: what a new host boots first, the resource id of a managed image or of one version of a gallery's image; changing it replaces the pool's hosts. zones, machine_type and disk_size: null takes those of the module. weight: whether the pool's hosts get traffic when the balancer is made (0: no); whoever swaps moves it later. labels: beside those of the module."
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
    condition     = alltrue([for pool in var.pools : can(regex(local.image_pattern, pool.image))])
    error_message = "Every pool's image must be the resource id of a managed image (…/Microsoft.Compute/images/NAME) or of one version of a gallery's image (…/galleries/GALLERY/images/NAME/versions/1.2.3), never latest. To upload one, use the module image_azure."
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
    condition     = alltrue([for pool in var.pools : pool.machine_type == null ? true : can(regex(local.size_pattern, pool.machine_type))])
    error_message = "Every pool's machine_type must be a VM size, such as Standard_D2s_v5."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.disk_size == null ? true : pool.disk_size >= 8 && pool.disk_size <= 16384 && floor(pool.disk_size) == pool.disk_size])
    error_message = "Every pool's disk_size must be a whole number of GiB from 8 to 16384."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.disk_size == null ? true : pool.disk_size <= 4095])
    error_message = "Azure takes system disks of at most 4095 GiB."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.weight >= 0 && pool.weight <= 100 && floor(pool.weight) == pool.weight])
    error_message = "Every pool's weight must be a whole number from 0 to 100."
  }

  validation {
    condition     = var.balancer == null || length(var.pools) == 0 ? true : anytrue([for pool in var.pools : pool.weight > 0])
    error_message = "With a balancer at least one pool needs a weight above 0, or nobody would get the traffic."
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
    condition     = alltrue([for pool in var.pools : alltrue([for name in keys(pool.labels) : can(regex(local.label_pattern, name))])])
    error_message = "Names of labels must be 1 to 63 lower-case letters, digits, hyphens and underscores, beginning with a letter."
  }

  validation {
    condition     = alltrue([for pool in var.pools : alltrue([for name, text in pool.labels : !can(regex("^(azure|microsoft|windows)", name)) && length(text) <= 256])])
    error_message = "Labels become tags: Azure takes none whose name begins with azure, microsoft or windows, and values of at most 256 characters."
  }

  validation {
    condition     = alltrue([for pool in var.pools : length(merge(var.labels, pool.labels)) <= 48])
    error_message = "A host may have 48 labels: Azure takes 50 tags, of which two are the module's."
  }
}

variable "zones" {
  description = "Availability zones that hosts are dealt over in turn."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.zones) > 0 && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones must name at least one zone, and none twice."
  }

  validation {
    condition     = alltrue([for zone in var.zones : contains(["1", "2", "3"], zone)])
    error_message = "Every zone must be 1, 2 or 3."
  }
}

variable "machine_type" {
  description = "VM size of hosts whose pool names none."
  type        = string
  default     = "Standard_D2s_v5"
  nullable    = false

  validation {
    condition     = can(regex(local.size_pattern, var.machine_type))
    error_message = "machine_type must be a VM size, such as Standard_D2s_v5."
  }
}

variable "disk_size" {
  description = "Size in GiB of a host's disk whose pool names none. Not less than the image's."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.disk_size >= 8 && var.disk_size <= 16384 && floor(var.disk_size) == var.disk_size
    error_message = "disk_size must be a whole number of GiB from 8 to 16384."
  }

  validation {
    condition     = var.disk_size <= 4095
    error_message = "Azure takes system disks of at most 4095 GiB."
  }
}

variable "disk_type" {
  description = "Kind of the hosts' disks: Standard_LRS, StandardSSD_LRS, StandardSSD_ZRS, Premium_LRS or Premium_ZRS."
  type        = string
  default     = "Premium_LRS"
  nullable    = false

  validation {
    condition     = contains(["Standard_LRS", "StandardSSD_LRS", "StandardSSD_ZRS", "Premium_LRS", "Premium_ZRS"], var.disk_type)
    error_message = "disk_type must be Standard_LRS, StandardSSD_LRS, StandardSSD_ZRS, Premium_LRS or Premium_ZRS."
  }
}

variable "encryption_at_host" {
  description = "Whether temporary disks and caches are encrypted on the hypervisor too. The subscription needs the feature Microsoft.Compute/EncryptionAtHost; disks are encrypted at rest either way."
  type        = bool
  default     = false
  nullable    = false
}

variable "trusted_launch" {
  description = "Whether machines boot with secure boot and a virtual TPM. The image must be one of generation 2 that supports it."
  type        = bool
  default     = false
  nullable    = false
}

variable "labels" {
  description = "Tags of everything that can carry them, and labels of every host."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex(local.label_pattern, name))])
    error_message = "Names of labels must be 1 to 63 lower-case letters, digits, hyphens and underscores, beginning with a letter."
  }

  validation {
    condition     = alltrue([for name, text in var.labels : !can(regex("^(azure|microsoft|windows)", name)) && length(text) <= 256])
    error_message = "Labels become tags: Azure takes none whose name begins with azure, microsoft or windows, and values of at most 256 characters."
  }

  validation {
    condition     = length(var.labels) <= 48
    error_message = "There may be 48 labels: Azure takes 50 tags, of which two are the module's."
  }
}
