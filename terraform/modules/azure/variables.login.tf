# Who logs in, how hosts are set up, and which keys they answer with.

variable "user" {
  description = "The user ssh logs in as. Images of Fedora CoreOS take the keys for core; for another one, first_boot makes it."
  type        = string
  default     = "core"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_-]{0,31}$", var.user)) && !contains(local.reserved_users, var.user)
    error_message = "user must be 1 to 32 lower-case letters, digits, hyphens and underscores, and not a name that Azure reserves (${join(", ", local.reserved_users)})."
  }
}

variable "ssh_authorized_keys" {
  description = "Public keys that may log in to hosts and bastion, of type ssh-ed25519 or ssh-rsa (Azure takes no other). First boot only: a later change never touches running hosts."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.ssh_authorized_keys) > 0
    error_message = "ssh_authorized_keys must have at least one key, or nobody could log in."
  }

  validation {
    condition     = alltrue([for key in var.ssh_authorized_keys : can(regex(local.key_pattern, key))])
    error_message = "Every one of ssh_authorized_keys must be a public key as OpenSSH writes it: type, base64 and, if you like, a comment."
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
    condition     = var.first_boot == null ? true : length(var.first_boot) > 0 && length(base64encode(var.first_boot)) <= 87380
    error_message = "first_boot must not be empty, and may have 65535 bytes."
  }
}

variable "first_boot_by_host" {
  description = "The same for a host by its name (NAME-POOL-NUMBER), instead of first_boot. First boot only: a later change never touches running hosts."
  type        = map(string)
  default     = {}
  sensitive   = true
  nullable    = false

  validation {
    condition     = alltrue([for text in values(var.first_boot_by_host) : text == null ? false : length(text) > 0 && length(base64encode(text)) <= 87380])
    error_message = "No text of first_boot_by_host may be empty, or have more than 65535 bytes."
  }
}

variable "host_keys" {
  description = "Public keys that sshd answers with, by host name, as learnt at provision."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in flatten(values(var.host_keys)) : can(regex(local.key_pattern, key))])
    error_message = "Every one of host_keys must be a public key as OpenSSH writes it: type, base64 and, if you like, a comment."
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
