variable "user" {
  description = "User that ssh logs in as."
  type        = string
  default     = "core"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_-]{0,31}$", var.user))
    error_message = "user must be 1 to 32 lower-case letters, digits, hyphens and underscores, beginning with a letter or an underscore."
  }
}

variable "ssh_authorized_keys" {
  description = "The public key that may log in, as a list of one: OpenStack hands a machine one key pair. First boot only. Further keys belong into first_boot."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.ssh_authorized_keys) > 0
    error_message = "ssh_authorized_keys must hold at least one key, or nobody could log in."
  }

  validation {
    condition     = length(var.ssh_authorized_keys) <= 1
    error_message = "ssh_authorized_keys must hold no more than one key, for OpenStack hands a machine one: put further ones into first_boot."
  }

  validation {
    condition     = alltrue([for key in var.ssh_authorized_keys : can(regex(local.public_key, key))])
    error_message = "ssh_authorized_keys must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "first_boot" {
  description = "Ignition JSON or cloud-init for every host, as plain text. Null: only the ssh key. First boot only: a later change touches no running host, it is for the hosts made after it."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.first_boot == null ? true : can(jsondecode(var.first_boot).ignition.version) || can(regex(local.cloud_init, var.first_boot))
    error_message = "first_boot must be Ignition JSON (not Butane), or cloud-init, which begins with #cloud-config, #! or the like, or with a MIME header."
  }

  validation {
    condition     = var.first_boot == null ? true : trimspace(var.first_boot) != "" && length(base64encode(var.first_boot)) <= 65535
    error_message = "first_boot must not be empty, and at most 49149 bytes, the most that OpenStack takes."
  }
}

variable "first_boot_by_host" {
  description = "The same for a host by name, instead of first_boot. First boot only."
  type        = map(string)
  default     = {}
  nullable    = false
  sensitive   = true

  validation {
    condition     = alltrue([for text in values(var.first_boot_by_host) : can(jsondecode(text).ignition.version) || can(regex(local.cloud_init, text))])
    error_message = "Every text of first_boot_by_host must be Ignition JSON (not Butane), or cloud-init, which begins with #cloud-config, #! or the like, or with a MIME header."
  }

  validation {
    condition     = alltrue([for text in values(var.first_boot_by_host) : trimspace(text) != "" && length(base64encode(text)) <= 65535])
    error_message = "first_boot_by_host must not be empty for a host, and at most 49149 bytes, the most that OpenStack takes."
  }

  validation {
    condition     = length(setsubtract(keys(var.first_boot_by_host), keys(local.hosts))) == 0
    error_message = "first_boot_by_host must name hosts of the pools: NAME-POOL-NUMBER."
  }
}

variable "ssh_from" {
  description = "IPv4 networks that may reach the port of ssh: the bastion's where there is one, else the hosts'."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_from : can(cidrnetmask(cidr)) && try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    error_message = "ssh_from must be IPv4 networks, such as 203.0.113.0/24."
  }
}

variable "bastion" {
  description = "One jump host with a floating IP in the hosts' network, in the first zone: the last hop to every host, and the only one that may reach their port 22. machine_type: null takes the module's. first_boot, host_keys and host_key_authority as for hosts."
  type = object({
    image              = string
    machine_type       = optional(string)
    user               = optional(string, "core")
    port               = optional(number, 22)
    first_boot         = optional(string)
    host_keys          = optional(list(string), [])
    host_key_authority = optional(string)
  })
  default = null

  validation {
    condition     = var.bastion == null ? true : can(regex(local.uuid, var.bastion.image))
    error_message = "bastion.image must be an image by its UUID."
  }

  validation {
    condition     = try(var.bastion.machine_type, null) == null ? true : can(regex(local.flavor, var.bastion.machine_type))
    error_message = "bastion.machine_type must be the name of a flavor, of letters, digits, spaces and . _ - alone."
  }

  validation {
    condition     = var.bastion == null ? true : can(regex("^[a-z_][a-z0-9_-]{0,31}$", var.bastion.user))
    error_message = "bastion.user must be 1 to 32 lower-case letters, digits, hyphens and underscores, beginning with a letter or an underscore."
  }

  validation {
    condition     = var.bastion == null ? true : var.bastion.port >= 1 && var.bastion.port <= 65535 && floor(var.bastion.port) == var.bastion.port
    error_message = "bastion.port must be a whole number from 1 to 65535."
  }

  validation {
    # by a splat, for Terraform quotes what a refused condition names, and a text may hold secrets
    condition     = alltrue([for text in var.bastion[*].first_boot : text == null ? true : can(jsondecode(text).ignition.version) || can(regex(local.cloud_init, text))])
    error_message = "bastion.first_boot must be Ignition JSON (not Butane), or cloud-init, which begins with #cloud-config, #! or the like, or with a MIME header."
  }

  validation {
    condition     = alltrue([for text in var.bastion[*].first_boot : text == null ? true : trimspace(text) != "" && length(base64encode(text)) <= 65535])
    error_message = "bastion.first_boot must not be empty, and at most 49149 bytes, the most that OpenStack takes."
  }

  validation {
    condition     = var.bastion == null ? true : alltrue([for key in concat(var.bastion.host_keys, var.bastion.host_key_authority[*]) : can(regex(local.public_key, key))])
    error_message = "bastion.host_keys and bastion.host_key_authority must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "jump" {
  description = "A jump chain brought along, the hop nearest to you first. It goes before the bastion."
  type = list(object({
    address            = string
    user               = string
    port               = optional(number, 22)
    host_keys          = optional(list(string), [])
    host_key_authority = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = length(var.jump) + (var.bastion == null ? 0 : 1) <= 8
    error_message = "A jump chain has at most 8 hops, the bastion among them."
  }

  validation {
    condition     = alltrue([for hop in var.jump : can(regex("^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$", hop.address)) && can(regex(local.user, hop.user))])
    error_message = "Every hop of jump needs an address, which is an IP address or DNS name and nothing else, and a user's name."
  }

  validation {
    condition     = alltrue([for hop in var.jump : hop.port >= 1 && hop.port <= 65535 && floor(hop.port) == hop.port])
    error_message = "Every port of jump must be a whole number from 1 to 65535."
  }

  validation {
    condition     = alltrue(flatten([for hop in var.jump : [for key in concat(hop.host_keys, hop.host_key_authority[*]) : can(regex(local.public_key, key))]]))
    error_message = "host_keys and host_key_authority of jump must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "host_keys" {
  description = "Public host keys by host name, as learnt when hosts were made. They go into the contract; keys of hosts that are gone do no harm."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue(flatten([for keys in values(var.host_keys) : [for key in keys : can(regex(local.public_key, key))]]))
    error_message = "host_keys must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "host_key_authority" {
  description = "Public key of the SSH CA that signs the hosts' keys. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.host_key_authority == null ? true : can(regex(local.public_key, var.host_key_authority))
    error_message = "host_key_authority must be a public key as OpenSSH writes it: type, base64 and, if you like, a comment."
  }
}
