variable "name" {
  description = "Name of the fleet."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", var.name))
    error_message = "name must be 1 to 63 letters, digits and . _ -, beginning with a letter or a digit."
  }
}

variable "cloud" {
  description = "Where the machines stand, in one word: it becomes a group of the inventory."
  type        = string
  default     = "edge"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", var.cloud))
    error_message = "cloud must be 1 to 63 letters, digits and . _ -, beginning with a letter or a digit."
  }
}

variable "pools" {
  description = "Pools of machines by name. image: what a machine of the pool is installed from. size and zones: null takes what the machines have; size counts those that are meant to be there."
  type = map(object({
    image = string
    size  = optional(number)
    zones = optional(list(string))
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.pools) : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", name))])
    error_message = "Every pool's name must be 1 to 63 letters, digits and . _ -, beginning with a letter or a digit."
  }

  validation {
    condition     = alltrue([for pool in var.pools : can(regex("^[^[:cntrl:]\u0085\u2028\u2029]{1,1000}$", pool.image))])
    error_message = "Every pool's image must be one line of at most 1000 characters, such as an image's digest or a release of the installer."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.size == null ? true : pool.size >= 0 && floor(pool.size) == pool.size])
    error_message = "Every pool's size must be a whole number, 0 or more."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.zones == null ? true : length(distinct(pool.zones)) == length(pool.zones) && alltrue([for zone in pool.zones : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", zone))])])
    error_message = "Every pool's zones must be names, once each: 1 to 63 letters, digits and . _ -, beginning with a letter or a digit."
  }
}

variable "machines" {
  description = "The machines by the names that hosts get. zone: the failure domain, such as a rack. image: what it was installed from; null: its pool's. id: what you call it elsewhere, such as a serial number; null: CLOUD/NAME/MACHINE. host_keys: the public keys sshd answers with; host_key_authority: the SSH CA that signed them. Without either nothing connects to the machine."
  type = map(object({
    address            = string
    user               = optional(string, "core")
    port               = optional(number, 22)
    pool               = string
    zone               = optional(string, "default")
    image              = optional(string)
    host_keys          = optional(list(string), [])
    host_key_authority = optional(string)
    labels             = optional(map(string), {})
    id                 = optional(string)
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.machines) : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$", name)) && !contains(["all", "ungrouped", "localhost"], name)])
    error_message = "Every machine's name must be 1 to 253 letters, digits and . _ -, beginning with a letter or a digit, and none of all, ungrouped and localhost."
  }

  validation {
    condition     = alltrue([for machine in var.machines : can(regex("^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$", machine.address))])
    error_message = "Every machine's address must be an IP address or a DNS name, without brackets, zone index and port."
  }

  validation {
    condition     = length(distinct([for machine in var.machines : "${machine.address} ${machine.port}"])) == length(var.machines)
    error_message = "No two machines can have the same address and port."
  }

  validation {
    condition     = alltrue([for machine in var.machines : can(regex("^[A-Za-z_][A-Za-z0-9._-]{0,63}$", machine.user))])
    error_message = "Every machine's user must be 1 to 64 letters, digits and . _ -, beginning with a letter or an underscore."
  }

  validation {
    condition     = alltrue([for machine in var.machines : machine.port >= 1 && machine.port <= 65535 && floor(machine.port) == machine.port])
    error_message = "Every machine's port must be a whole number from 1 to 65535."
  }

  validation {
    condition     = length(setsubtract([for machine in var.machines : machine.pool], keys(var.pools))) == 0
    error_message = "Every machine's pool must stand in pools."
  }

  validation {
    condition     = alltrue([for machine in var.machines : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", machine.zone))])
    error_message = "Every machine's zone must be 1 to 63 letters, digits and . _ -, beginning with a letter or a digit."
  }

  validation {
    condition     = alltrue([for machine in var.machines : alltrue([for text in [machine.image, machine.id] : text == null ? true : can(regex("^[^[:cntrl:]\u0085\u2028\u2029]{1,1000}$", text))])])
    error_message = "Every machine's image and id must be one line of at most 1000 characters."
  }

  validation {
    condition = alltrue([for machine in var.machines : alltrue([for key in concat(machine.host_keys, machine.host_key_authority == null ? [] : [machine.host_key_authority]) :
      can(regex("^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]\u0085\u2028\u2029]{0,1000})?$", key))
    ])])
    error_message = "Every machine's host_keys and host_key_authority must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "jump" {
  description = "The way to every machine, the hop nearest to you first."
  type = list(object({
    address            = string
    user               = optional(string, "core")
    port               = optional(number, 22)
    host_keys          = optional(list(string), [])
    host_key_authority = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = length(var.jump) <= 8
    error_message = "A jump chain has at most 8 hops."
  }

  validation {
    condition     = alltrue([for hop in var.jump : can(regex("^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$", hop.address)) && can(regex("^[A-Za-z_][A-Za-z0-9._-]{0,63}$", hop.user))])
    error_message = "Every hop of jump needs an address, an IP address or a DNS name without brackets and port, and a user's name."
  }

  validation {
    condition     = alltrue([for hop in var.jump : hop.port >= 1 && hop.port <= 65535 && floor(hop.port) == hop.port])
    error_message = "Every port of jump must be a whole number from 1 to 65535."
  }

  validation {
    condition = alltrue([for hop in var.jump : alltrue([for key in concat(hop.host_keys, hop.host_key_authority == null ? [] : [hop.host_key_authority]) :
      can(regex("^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]\u0085\u2028\u2029]{0,1000})?$", key))
    ])])
    error_message = "The host_keys and host_key_authority of every hop of jump must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "balancers" {
  description = "Balancers that share traffic out to the pools, by name. adapter: what moves their traffic, such as haproxy. settings: what the adapter needs. share: a pool's weight when you last looked; null: not known."
  type = map(object({
    adapter  = optional(string, "haproxy")
    address  = optional(string)
    port     = number
    settings = optional(map(string), {})
    pools = map(object({
      share    = optional(number)
      settings = optional(map(string), {})
    }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue(flatten([for name, balancer in var.balancers : [for word in [name, balancer.adapter] : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", word))]]))
    error_message = "Every balancer's name and adapter must be 1 to 63 letters, digits and . _ -, beginning with a letter or a digit."
  }

  validation {
    condition     = alltrue([for balancer in var.balancers : balancer.port >= 1 && balancer.port <= 65535 && floor(balancer.port) == balancer.port && (balancer.address == null ? true : can(regex("^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$", balancer.address)))])
    error_message = "Every balancer needs a port from 1 to 65535, and its address must be an IP address or a DNS name without brackets and port."
  }

  validation {
    condition     = length(setsubtract(flatten([for balancer in var.balancers : keys(balancer.pools)]), keys(var.pools))) == 0
    error_message = "Every pool of a balancer must stand in pools."
  }

  validation {
    condition     = alltrue(flatten([for balancer in var.balancers : [for pool in balancer.pools : pool.share == null ? true : pool.share >= 0 && floor(pool.share) == pool.share]]))
    error_message = "Every share must be a whole number, 0 or more, or null."
  }
}
