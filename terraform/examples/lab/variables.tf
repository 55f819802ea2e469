# The module's variables, with its defaults; it validates them.

variable "name" {
  description = "Name of the lab."
  type        = string
  default     = "lab"
}

variable "directory" {
  description = "Where the lab keeps its hosts' disks, keys and logs; null: /var/lib/atomic-fleet/NAME."
  type        = string
  default     = null
}

variable "cache" {
  description = "Where images are kept between labs."
  type        = string
  default     = "~/.cache/atomic-fleet/images"
}

variable "pools" {
  description = "Pools of hosts by name."
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
}

variable "variant" {
  description = "Image variant: minimal (no Python) or python."
  type        = string
  default     = "minimal"
}

variable "release" {
  description = "Version that new hosts boot first."
  type        = string
  default     = "1.0"
}

variable "published" {
  description = "Version that the remote's stable ref points at when the lab is made."
  type        = string
  default     = "2.0"
}

variable "boot_delay" {
  description = "Seconds that a host's firmware takes before each boot after its first."
  type        = number
  default     = 0
}

variable "boot_attempts" {
  description = "How often a new deployment may boot without reporting success."
  type        = number
  default     = 3
}

variable "jump_hosts" {
  description = "Names of hosts reached only through the bastion."
  type        = set(string)
  default     = []
}
