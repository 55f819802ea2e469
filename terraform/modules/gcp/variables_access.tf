variable "user" {
  description = "User to log in as. On Fedora CoreOS the keys that come from Google Cloud are core's, whatever stands here."
  type        = string
  default     = "core"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_-]{0,31}$", var.user))
    error_message = "user must be 1 to 32 lower-case letters, digits, hyphens and underscores, beginning with a letter or an underscore."
  }
}

variable "ssh_authorized_keys" {
  description = "Public keys that may log in to the hosts and the bastion."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.ssh_authorized_keys) > 0
    error_message = "ssh_authorized_keys must hold at least one key, or nobody could log in."
  }

  validation {
    condition     = alltrue([for key in var.ssh_authorized_keys : can(regex("^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]]*)?$", key))])
    error_message = "ssh_authorized_keys must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "first_boot" {
  description = "What hosts do at their first boot: Ignition JSON or cloud-init. Null: they only get the ssh keys. At the first boot alone: a later change never touches a running host."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.first_boot == null ? true : can(jsondecode(var.first_boot).ignition.version) || can(regex(local.cloud_init, var.first_boot))
    error_message = "first_boot must be Ignition JSON (not Butane), or cloud-init, which begins with #cloud-config, #! or the like, or with a MIME header."
  }

  validation {
    condition     = var.first_boot == null ? true : length(base64encode(var.first_boot)) <= 349528
    error_message = "first_boot is longer than the 256 KiB that Google Cloud takes: let it fetch what is large."
  }
}

variable "first_boot_by_host" {
  description = "As first_boot, and instead of it, for single hosts by name (NAME-POOL-NUMBER)."
  type        = map(string)
  default     = {}
  nullable    = false
  sensitive   = true

  validation {
    condition     = length(setsubtract(keys(var.first_boot_by_host), keys(local.hosts))) == 0
    error_message = "first_boot_by_host must name hosts of the pools: NAME-POOL-NUMBER."
  }

  validation {
    condition     = alltrue([for text in values(var.first_boot_by_host) : can(jsondecode(text).ignition.version) || can(regex(local.cloud_init, text))])
    error_message = "Every text of first_boot_by_host must be Ignition JSON (not Butane), or cloud-init, which begins with #cloud-config, #! or the like, or with a MIME header."
  }

  validation {
    condition     = alltrue([for text in values(var.first_boot_by_host) : text == null ? true : length(base64encode(text)) <= 349528])
    error_message = "A text of first_boot_by_host is longer than the 256 KiB that Google Cloud takes: let it fetch what is large."
  }
}

variable "host_keys" {
  description = "The hosts' public keys by host name, as learnt at provision. They go into the contract; without them, and without host_key_authority, nothing connects."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in flatten(values(var.host_keys)) : can(regex("^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]]*)?$", key))])
    error_message = "host_keys must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "host_key_authority" {
  description = "Public key of the SSH CA that signs the hosts' keys, instead of or beside host_keys."
  type        = string
  default     = null

  validation {
    condition     = var.host_key_authority == null ? true : can(regex("^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]]*)?$", var.host_key_authority))
    error_message = "host_key_authority must be a public key as OpenSSH writes it: type, base64 and, if you like, a comment."
  }
}

variable "ssh_from" {
  description = "IPv4 networks that may reach port 22 of the bastion where there is one, else of the hosts. Empty: nobody, but for what a network brought along allows itself."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_from : can(cidrnetmask(cidr)) && try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    error_message = "ssh_from must be IPv4 networks, such as 203.0.113.0/24."
  }
}

variable "bastion" {
  description = "One jump host with a public address, in the first zone; only it may then reach port 22 of the hosts. It is the last hop of their jump chain. machine_type: null takes the module's. Null: none."
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
    condition     = var.bastion == null ? true : can(regex("^projects/([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]/global/images/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.bastion.image))
    error_message = "bastion.image must be one image by its exact name, such as projects/fedora-coreos-cloud/global/images/fedora-coreos-44-20260707-3-1-gcp-x86-64, and no family."
  }

  validation {
    condition     = try(var.bastion.machine_type, null) == null ? true : can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)+$", var.bastion.machine_type))
    error_message = "bastion.machine_type must be a machine type of Google Cloud, such as e2-small."
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
    condition     = var.bastion == null ? true : alltrue([for key in compact(concat(var.bastion.host_keys, [var.bastion.host_key_authority])) : can(regex("^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]]*)?$", key))])
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
    condition     = alltrue([for hop in var.jump : can(regex("^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$", hop.address)) && can(regex("^[A-Za-z_][A-Za-z0-9._-]{0,63}$", hop.user))])
    error_message = "Every hop of jump needs an address, which is an IP address or DNS name and nothing else, and a user's name."
  }

  validation {
    condition     = alltrue([for hop in var.jump : hop.port >= 1 && hop.port <= 65535 && floor(hop.port) == hop.port])
    error_message = "Every port of jump must be a whole number from 1 to 65535."
  }

  validation {
    condition     = alltrue([for key in flatten([for hop in var.jump : compact(concat(hop.host_keys, [hop.host_key_authority]))]) : can(regex("^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]]*)?$", key))])
    error_message = "host_keys and host_key_authority of jump must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }

  validation {
    condition     = length(var.jump) + (var.bastion == null ? 0 : 1) <= 8
    error_message = "A jump chain has at most 8 hops, the bastion among them."
  }
}
