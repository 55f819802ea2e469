variable "user" {
  description = "The user ssh logs in as."
  type        = string
  default     = "core"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_-]{0,31}$", var.user))
    error_message = "user must be 1 to 32 lower-case letters, digits, hyphens and underscores, beginning with a letter or an underscore."
  }
}

variable "ssh_authorized_keys" {
  description = "Public keys that may log in. EC2 hands a machine one key, which Fedora CoreOS and cloud-init both take: the first here that is ssh-ed25519 or ssh-rsa. Put all of them into first_boot where more are wanted."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.ssh_authorized_keys) > 0
    error_message = "ssh_authorized_keys must hold at least one key, or nobody could log in."
  }

  validation {
    condition     = alltrue([for key in var.ssh_authorized_keys : can(regex(local.public_key, key))])
    error_message = "ssh_authorized_keys must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }

  validation {
    condition     = var.first_boot != null || anytrue([for key in var.ssh_authorized_keys : can(regex(local.key_pair_key, key))])
    error_message = "Without first_boot, one of ssh_authorized_keys must be ssh-ed25519 or ssh-rsa: EC2 takes no other."
  }
}

variable "first_boot" {
  description = "What every host is told at its first boot: Ignition (JSON) or cloud-init, at most 16384 bytes; null: only the ssh key that EC2 hands over. First boot only: a later change does not touch hosts that run."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.first_boot == null ? true : can(jsondecode(var.first_boot).ignition.version) || can(regex(local.cloud_init, var.first_boot))
    error_message = "first_boot must be Ignition JSON (not Butane), or cloud-init, which begins with #cloud-config, #! or the like, or with a MIME header."
  }

  validation {
    condition     = var.first_boot == null ? true : trimspace(var.first_boot) != "" && length(base64encode(var.first_boot)) <= 21848
    error_message = "first_boot must not be empty, and not above 16384 bytes, which is all that EC2 takes: let Ignition fetch the rest."
  }
}

variable "first_boot_by_host" {
  description = "What a host is told at its first boot in place of first_boot, by the host's name. First boot only."
  type        = map(string)
  default     = {}
  sensitive   = true
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.first_boot_by_host), keys(local.hosts))) == 0
    error_message = "first_boot_by_host must name hosts of the pools: NAME-POOL-NUMBER."
  }

  validation {
    condition     = alltrue([for text in values(var.first_boot_by_host) : can(jsondecode(text).ignition.version) || can(regex(local.cloud_init, text))])
    error_message = "Every text of first_boot_by_host must be Ignition JSON (not Butane), or cloud-init, which begins with #cloud-config, #! or the like, or with a MIME header."
  }

  validation {
    condition     = alltrue([for text in values(var.first_boot_by_host) : trimspace(text) != "" && length(base64encode(text)) <= 21848])
    error_message = "Texts of first_boot_by_host must not be empty, and not above 16384 bytes, which is all that EC2 takes: let Ignition fetch the rest."
  }
}

variable "host_keys" {
  description = "Public host keys by host name, as learnt when the hosts were provisioned. They go into the contract."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for keys in values(var.host_keys) : alltrue([for key in keys : can(regex(local.public_key, key))])])
    error_message = "host_keys must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "host_key_authority" {
  description = "Public key of the SSH CA that signs the host keys, instead of or beside host_keys."
  type        = string
  default     = null

  validation {
    condition     = var.host_key_authority == null ? true : can(regex(local.public_key, var.host_key_authority))
    error_message = "host_key_authority must be a public key as OpenSSH writes it: type, base64 and, if you like, a comment."
  }
}

variable "ssh_from" {
  description = "IPv4 networks that may reach port 22 of the hosts; with a bastion, the bastion's port instead."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_from : can(cidrnetmask(cidr)) && try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    error_message = "ssh_from must be IPv4 networks, such as 203.0.113.0/24."
  }
}

variable "bastion" {
  description = "One jump host with a public address, in the first zone; only it may reach port 22 of the hosts. image: an AMI by id. port: where its sshd listens (first_boot must say the same). host_keys, host_key_authority: as for hosts. It is the last hop to every host."
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
    condition     = var.bastion == null ? true : can(regex("^ami-[0-9a-f]{8,17}$", var.bastion.image))
    error_message = "bastion.image must be an AMI by its id, such as ami-0123456789abcdef0."
  }

  validation {
    condition     = try(var.bastion.machine_type, null) == null ? true : can(regex(local.machine_type, var.bastion.machine_type))
    error_message = "bastion.machine_type must be an EC2 instance type, such as m7i.large."
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
    condition     = alltrue([for text in var.bastion[*].first_boot : text == null ? true : trimspace(text) != "" && length(base64encode(text)) <= 21848])
    error_message = "bastion.first_boot must not be empty, and not above 16384 bytes, which is all that EC2 takes: let Ignition fetch the rest."
  }

  validation {
    condition     = var.bastion == null ? true : alltrue([for key in concat(var.bastion.host_keys, compact([var.bastion.host_key_authority])) : can(regex(local.public_key, key))])
    error_message = "bastion.host_keys and bastion.host_key_authority must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "jump" {
  description = "A jump chain brought along, the hop nearest to the controller first; it goes before the bastion."
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
    condition     = alltrue([for hop in var.jump : alltrue([for key in concat(hop.host_keys, compact([hop.host_key_authority])) : can(regex(local.public_key, key))])])
    error_message = "host_keys and host_key_authority of jump must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}
