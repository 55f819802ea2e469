variable "users" {
  description = "Users by name, made where the image has them not. sudo: may become root without a password. groups: beside the user's own."
  type = list(object({
    name                = string
    ssh_authorized_keys = optional(list(string), [])
    groups              = optional(list(string), [])
    sudo                = optional(bool, false)
    uid                 = optional(number)
    comment             = optional(string)
    home                = optional(string)
    shell               = optional(string)
    system              = optional(bool, false)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for user in var.users : can(regex("^[a-z_][a-z0-9_-]{0,30}$", user.name))])
    error_message = "Every user's name must be 1 to 31 lower-case letters, digits, hyphens and underscores, beginning with a letter or an underscore."
  }

  validation {
    condition     = length(distinct([for user in var.users : user.name])) == length(var.users)
    error_message = "No two users can have the same name."
  }

  validation {
    condition     = alltrue(flatten([for user in var.users : [for key in user.ssh_authorized_keys : can(regex("^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]]{0,1000})?$", key))]]))
    error_message = "Every one of a user's ssh_authorized_keys must be a public key in one line, as OpenSSH writes it: type, base64 and, if you like, a comment."
  }

  validation {
    condition     = alltrue([for user in var.users : length(distinct(user.groups)) == length(user.groups) && alltrue([for group in user.groups : can(regex("^[a-z_][a-z0-9_-]{0,30}$", group))])])
    error_message = "Every one of a user's groups must be a name, once: 1 to 31 lower-case letters, digits, hyphens and underscores."
  }

  validation {
    condition     = alltrue([for user in var.users : user.uid == null ? true : user.uid >= 1 && user.uid <= 4294967293 && floor(user.uid) == user.uid])
    error_message = "Every user's uid must be a whole number, 1 or more."
  }

  validation {
    condition     = alltrue([for user in var.users : user.comment == null ? true : can(regex("^[^:[:cntrl:]]{1,1000}$", user.comment))])
    error_message = "Every user's comment must be one line without a colon."
  }

  validation {
    condition     = alltrue([for user in var.users : alltrue([for path in [user.home, user.shell] : path == null ? true : can(regex("^(/[A-Za-z0-9._@+-]+)+$", path)) && !can(regex("/\\.\\.?(/|$)", path))])])
    error_message = "Every user's home and shell must be an absolute path of letters, digits and . _ @ + -."
  }
}

variable "password_hashes" {
  description = "Hashes of passwords by user, as crypt(3) makes them. A user without one cannot log in by password."
  type        = map(string)
  default     = {}
  nullable    = false
  sensitive   = true

  validation {
    condition     = alltrue([for hash in values(var.password_hashes) : can(regex("^\\$[0-9a-z]{1,8}\\$[./A-Za-z0-9$=,+-]{8,500}$", hash))])
    error_message = "Every password hash must be one of crypt(3), such as `mkpasswd --method=yescrypt` prints; never the password."
  }

  validation {
    condition     = length(setsubtract(keys(var.password_hashes), [for user in var.users : user.name])) == 0
    error_message = "password_hashes must name users that stand in users."
  }
}

variable "groups" {
  description = "Groups to make."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(distinct(var.groups)) == length(var.groups) && alltrue([for group in var.groups : can(regex("^[a-z_][a-z0-9_-]{0,30}$", group))])
    error_message = "Every group must be a name, once: 1 to 31 lower-case letters, digits, hyphens and underscores."
  }
}

variable "image_users" {
  description = "Users that the image brings along. Only they and those of users can own files: a first boot that meets an unknown one fails."
  type        = set(string)
  default     = ["root", "core"]
  nullable    = false

  validation {
    condition     = contains(var.image_users, "root") && alltrue([for user in var.image_users : can(regex("^[a-z_][a-z0-9_-]{0,30}$", user))])
    error_message = "image_users must be users' names, root among them."
  }
}

variable "image_groups" {
  description = "Groups that the image brings along. Only they, those of groups and the users' own can be named."
  type        = set(string)
  default     = ["root", "core", "wheel", "sudo", "adm", "systemd-journal"]
  nullable    = false

  validation {
    condition     = contains(var.image_groups, "root") && alltrue([for group in var.image_groups : can(regex("^[a-z_][a-z0-9_-]{0,30}$", group))])
    error_message = "image_groups must be groups' names, root among them."
  }
}

variable "host_keys" {
  description = "The keys sshd answers with, by type (ed25519, ecdsa, rsa): private, without a passphrase, and public. They make a host known before its first connection; they also stand in Terraform's state and in the cloud's user data."
  type        = map(object({ private = string, public = string }))
  default     = {}
  nullable    = false
  sensitive   = true

  validation {
    condition     = length(setsubtract(keys(var.host_keys), ["ed25519", "ecdsa", "rsa"])) == 0
    error_message = "host_keys must be named by their types: ed25519, ecdsa or rsa."
  }

  validation {
    condition = alltrue([for key in values(var.host_keys) : can(regex(
      "^-----BEGIN (OPENSSH|RSA|EC) PRIVATE KEY-----\\r?\\n[A-Za-z0-9+/=\\r\\n]+-----END (OPENSSH|RSA|EC) PRIVATE KEY-----\\s*$", key.private
    ))])
    error_message = "Every private host key must be a private key as ssh-keygen writes it, without a passphrase."
  }

  validation {
    condition     = alltrue([for key in values(var.host_keys) : !can(regex("BEGIN OPENSSH", key.private)) || can(regex("^-----BEGIN OPENSSH PRIVATE KEY-----\\r?\\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU", key.private))])
    error_message = "A private host key has a passphrase, and sshd could not read it: make one with ssh-keygen -N ''."
  }

  validation {
    condition = alltrue([for type, key in var.host_keys : !contains(["ed25519", "ecdsa", "rsa"], type) || can(regex(
      { ed25519 = "^ssh-ed25519 ", ecdsa = "^ecdsa-sha2-nistp(256|384|521) ", rsa = "^ssh-rsa " }[type], key.public
    )) && can(regex("^[a-z0-9-]+ AAAA[A-Za-z0-9+/]+={0,2}( [^[:cntrl:]]{0,1000})?\\s*$", key.public))])
    error_message = "Every public host key must be of the type it is named by, in one line as OpenSSH writes it."
  }
}

variable "host_certificates" {
  description = "Certificates of the host keys by type, signed by your SSH CA (ssh-keygen -h -s CA). Give the CA to the cloud's module as host_key_authority."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([for type, certificate in var.host_certificates : can(regex(
      { ed25519 = "^ssh-ed25519-cert-v01@openssh\\.com AAAA", ecdsa = "^ecdsa-sha2-nistp(256|384|521)-cert-v01@openssh\\.com AAAA", rsa = "^ssh-rsa-cert-v01@openssh\\.com AAAA" }[type], certificate
    )) && can(regex("^[^ ]+ [A-Za-z0-9+/]+={0,2}( [^[:cntrl:]]{0,1000})?\\s*$", certificate))])
    error_message = "Every host certificate must be named by its type (ed25519, ecdsa, rsa) and be in one line, as ssh-keygen writes it to ssh_host_TYPE_key-cert.pub."
  }

  validation {
    condition     = length(setsubtract(keys(var.host_certificates), keys(var.host_keys))) == 0
    error_message = "A host certificate needs its key: give host_keys of the same type."
  }
}
