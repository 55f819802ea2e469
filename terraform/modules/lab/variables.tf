variable "name" {
  description = "Name of the lab. Network namespaces, control groups and hosts carry it, so labs with different names live side by side."
  type        = string
  default     = "lab"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,10}$", var.name))
    error_message = "name must be 1 to 11 lower-case letters and digits, beginning with a letter."
  }
}

variable "directory" {
  description = "Where the lab keeps its hosts' disks, keys and logs. On a disk, not in memory: hosts outlive a reboot of the machine. Null: /var/lib/atomic-fleet/NAME."
  type        = string
  default     = null

  validation {
    condition     = var.directory == null ? true : can(regex("^[~/][A-Za-z0-9._@+/-]*[A-Za-z0-9._@+-]$", var.directory))
    error_message = "directory must be an absolute path of letters, digits and . _ @ + - alone, without a slash at its end."
  }
}

variable "cache" {
  description = "Where images are kept between labs. Best on the same file system as directory, since hosts share an image's files by hard links."
  type        = string
  default     = "~/.cache/atomic-fleet/images"
  nullable    = false

  validation {
    condition     = can(regex("^[~/][A-Za-z0-9._@+/-]*[A-Za-z0-9._@+-]$", var.cache))
    error_message = "cache must be an absolute path of letters, digits and . _ @ + - alone, without a slash at its end."
  }
}

variable "pools" {
  description = "Pools of hosts by name. release: version that a new host boots first (null: var.release); changing it replaces the pool's hosts. zones are dealt out in turn. weight: what each of the pool's hosts begins with behind the balancer, whoever swaps moves it later; null for all: 100 for the first pool by name that has hosts, 0 for the others."
  type = map(object({
    size    = optional(number, 3)
    zones   = optional(list(string), ["a", "b", "c"])
    release = optional(string)
    weight  = optional(number)
  }))
  default = {
    blue  = {}
    green = {}
  }
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.pools) : can(regex("^[a-z][a-z0-9]{0,10}$", name))])
    error_message = "Every pool's name must be 1 to 11 lower-case letters and digits, beginning with a letter."
  }

  validation {
    condition     = alltrue([for pool in var.pools : floor(pool.size) == pool.size && pool.size >= 0])
    error_message = "Every pool's size must be a whole number, 0 or more."
  }

  validation {
    condition     = sum(concat([0], [for pool in var.pools : pool.size])) <= 200
    error_message = "A lab has room for 200 hosts: make the pools smaller."
  }

  validation {
    condition     = alltrue([for pool in var.pools : length(pool.zones) > 0 && alltrue([for zone in pool.zones : can(regex("^[a-z0-9][a-z0-9-]*$", zone))])])
    error_message = "Every pool needs at least one zone; zones are named by lower-case letters, digits and hyphens."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.release == null ? true : contains(["1.0", "2.0", "3.0-unhealthy", "4.0-dead", "5.0", "6.0-sick"], pool.release)])
    error_message = "A pool's release must be one of 1.0, 2.0, 3.0-unhealthy, 4.0-dead, 5.0 and 6.0-sick."
  }
  validation {
    condition     = alltrue([for pool in var.pools : pool.weight == null ? true : pool.weight >= 0 && pool.weight <= 100 && floor(pool.weight) == pool.weight])
    error_message = "Every pool's weight must be a whole number from 0 to 100, or null."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.weight == null]) || anytrue([for pool in var.pools : pool.weight == null ? false : pool.weight > 0])
    error_message = "Where pools have weights, one needs a weight above 0, or nobody would get the traffic."
  }
}

variable "variant" {
  description = "Image variant: minimal (no Python, as most ostree hosts are) or python."
  type        = string
  default     = "minimal"
  nullable    = false

  validation {
    condition     = contains(["minimal", "python"], var.variant)
    error_message = "variant must be minimal or python."
  }
}

variable "release" {
  description = "Version that new hosts boot first, where their pool does not say otherwise. Changing it replaces the hosts, as a changed image does in a cloud."
  type        = string
  default     = "1.0"
  nullable    = false

  validation {
    condition     = contains(["1.0", "2.0", "3.0-unhealthy", "4.0-dead", "5.0", "6.0-sick"], var.release)
    error_message = "release must be one of 1.0, 2.0, 3.0-unhealthy, 4.0-dead, 5.0 and 6.0-sick."
  }
}

variable "published" {
  description = "Version that the remote's stable ref points at when the lab is made; `lab.py publish` moves it later."
  type        = string
  default     = "2.0"
  nullable    = false

  validation {
    condition     = contains(["1.0", "2.0", "3.0-unhealthy", "4.0-dead", "5.0", "6.0-sick"], var.published)
    error_message = "published must be one of 1.0, 2.0, 3.0-unhealthy, 4.0-dead, 5.0 and 6.0-sick."
  }
}

variable "boot_delay" {
  description = "Seconds that a host's firmware takes before each boot after its first."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.boot_delay >= 0 && var.boot_delay <= 600
    error_message = "boot_delay must be 0 to 600 seconds."
  }
}

variable "boot_attempts" {
  description = "How often a new deployment may boot without reporting success before the boot loader falls back to the previous one."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = floor(var.boot_attempts) == var.boot_attempts && var.boot_attempts >= 1 && var.boot_attempts <= 10
    error_message = "boot_attempts must be a whole number from 1 to 10."
  }
}

variable "jump_hosts" {
  description = "Names of hosts (NAME-POOL-NUMBER) that lie in the private network, reached only through the bastion."
  type        = set(string)
  default     = []
  nullable    = false
}
