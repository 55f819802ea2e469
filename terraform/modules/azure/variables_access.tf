variable "user" {
  description = "The user ssh logs in as. Images of Fedora CoreOS take the keys for core; for another one, first_boot makes it."
  type        = string
  default     = "core"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_-]{0,31}$", var.user))
    error_message = "user must be 1 to 32 lower-case letters, digits, hyphens and underscores, beginning with a letter or an underscore."
  }

  validation {
    condition     = !contains(local.reserved_users, var.user)
    error_message = "user must not be a name that Azure reserves: ${join(", ", local.reserved_users)}."
  }
}

variable "ssh_authorized_keys" {
  description = "Public keys that may log in to hosts and bastion, of type ssh-ed25519 or ssh-rsa (Azure takes no other). First boot only: a later change never touches running hosts."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.ssh_authorized_keys) > 0
    error_message = "ssh_authorized_keys must hold at least one key, or nobody could log in."
  }

  validation {
    condition     = alltrue([for key in var.ssh_authorized_keys : can(regex(local.key_pattern, key))])
    error_message = "ssh_authorized_keys must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }

  validation {
    condition     = alltrue([for key in var.ssh_authorized_keys : can(regex("^ssh-(ed25519|rsa) ", key))])
    error_message = "Every one of ssh_authorized_keys must be of type ssh-ed25519 or ssh-rsa: Azure takes no other."
  }
}

variable "first_boot" {
  description = "Ignition JSON or cloud-init for every host. Null: only the ssh keys. First boot only: a later change never touches running hosts."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.first_boot == null ? true : can(jsondecode(var.first_boot).ignition.version) || can(regex(local.cloud_init, var.first_boot))
    error_message = "first_boot must be Ignition JSON (not Butane), or cloud-init, which begins with #cloud-config, #! or the like, or with a MIME header."
  }

  validation {
    condition     = var.first_boot == null ? true : length(var.first_boot) > 0 && length(base64encode(var.first_boot)) <= 87380
    error_message = "first_boot must not be empty, and not above 65535 bytes, which is all that Azure takes: let Ignition fetch the rest."
  }
}

variable "first_boot_by_host" {
  description = "The same for a host by its name (NAME-POOL-NUMBER), instead of first_boot. First boot only: a later change never touches running hosts."
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
    condition     = alltrue([for text in values(var.first_boot_by_host) : text == null ? false : length(text) > 0 && length(base64encode(text)) <= 87380])
    error_message = "Texts of first_boot_by_host must not be empty, and not above 65535 bytes, which is all that Azure takes: let Ignition fetch the rest."
  }
}

variable "host_keys" {
  description = "Public keys that sshd answers with, by host name, as learnt at provision."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in flatten(values(var.host_keys)) : can(regex(local.key_pattern, key))])
    error_message = "host_keys must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}

variable "host_key_authority" {
  description = "Public key of the SSH CA that signs the host keys. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.host_key_authority == null ? true : can(regex(local.key_pattern, var.host_key_authority))
    error_message = "host_key_authority must be a public key as OpenSSH writes it: type, base64 and, if you like, a comment."
  }
}

variable "ssh_from" {
  description = "IPv4 networks that may reach port 22: of the bastion where there is one, else of the hosts."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_from : can(cidrnetmask(cidr)) && try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    error_message = "ssh_from must be IPv4 networks, such as 203.0.113.0/24."
  }
}

variable "bastion" {
  description = "A jump host with a public address, the last hop to every host, and the only one that may reach their port 22. It stands in the first zone. machine_type: null takes the module's. first_boot: as for hosts. host_keys, host_key_authority: as learnt at provision. A changed image replaces it, with a gap, at the same address."
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
    condition     = var.bastion == null ? true : can(regex(local.image_pattern, var.bastion.image))
    error_message = "bastion.image must be the resource id of a managed image (…/Microsoft.Compute/images/NAME) or of one version of a gallery's image (…/galleries/GALLERY/images/NAME/versions/1.2.3), never latest."
  }

  validation {
    condition     = var.bastion == null ? true : var.bastion.machine_type == null ? true : can(regex(local.size_pattern, var.bastion.machine_type))
    error_message = "bastion.machine_type must be a VM size, such as Standard_D2s_v5."
  }

  validation {
    condition     = var.bastion == null ? true : can(regex("^[a-z_][a-z0-9_-]{0,31}$", var.bastion.user))
    error_message = "bastion.user must be 1 to 32 lower-case letters, digits, hyphens and underscores, beginning with a letter or an underscore."
  }

  validation {
    condition     = var.bastion == null ? true : !contains(local.reserved_users, var.bastion.user)
    error_message = "bastion.user must not be a name that Azure reserves: ${join(", ", local.reserved_users)}."
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
    condition     = alltrue([for text in var.bastion[*].first_boot : text == null ? true : length(text) > 0 && length(base64encode(text)) <= 87380])
    error_message = "bastion.first_boot must not be empty, and not above 65535 bytes, which is all that Azure takes: let Ignition fetch the rest."
  }

  validation {
    condition     = var.bastion == null ? true : alltrue([for key in concat(var.bastion.host_keys, var.bastion.host_key_authority == null ? [] : [var.bastion.host_key_authority]) : can(regex(local.key_pattern, key))])
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
    condition     = alltrue([for hop in var.jump : can(regex("^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$", hop.address)) && can(regex("^[A-Za-z_][A-Za-z0-9._-]{0,63}$", hop.user))])
    error_message = "Every hop of jump needs an address, which is an IP address or DNS name and nothing else, and a user's name."
  }

  validation {
    condition     = alltrue([for hop in var.jump : hop.port >= 1 && hop.port <= 65535 && floor(hop.port) == hop.port])
    error_message = "Every port of jump must be a whole number from 1 to 65535."
  }

  validation {
    condition     = alltrue([for key in flatten([for hop in var.jump : concat(hop.host_keys, hop.host_key_authority == null ? [] : [hop.host_key_authority])]) : can(regex(local.key_pattern, key))])
    error_message = "host_keys and host_key_authority of jump must be public keys as OpenSSH writes them: type, base64 and, if you like, a comment."
  }
}
