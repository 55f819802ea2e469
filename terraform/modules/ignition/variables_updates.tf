variable "zincati" {
  description = "What Zincati, the update agent of Fedora CoreOS, does by itself: enabled = false for nothing, or a strategy: immediate, periodic (with windows) or fleet_lock (with base_url). Null leaves it as the image has it."
  type = object({
    enabled  = optional(bool, true)
    strategy = optional(string)
    windows = optional(list(object({
      days           = list(string)
      start_time     = string
      length_minutes = number
    })), [])
    time_zone = optional(string)
    base_url  = optional(string)
  })
  default = null

  validation {
    condition     = var.zincati == null ? true : var.zincati.enabled ? contains(["immediate", "periodic", "fleet_lock"], coalesce(var.zincati.strategy, "none")) : var.zincati.strategy == null
    error_message = "zincati needs a strategy (immediate, periodic or fleet_lock), or enabled = false and none."
  }

  validation {
    condition     = var.zincati == null ? true : (length(var.zincati.windows) > 0) == (var.zincati.strategy == "periodic")
    error_message = "zincati's strategy periodic needs windows, and no other takes them."
  }

  validation {
    condition = var.zincati == null ? true : alltrue([for window in var.zincati.windows :
      length(window.days) > 0 && length(distinct(window.days)) == length(window.days) && length(setsubtract(window.days, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])) == 0
    ])
    error_message = "Every window's days must be some of Mon, Tue, Wed, Thu, Fri, Sat and Sun."
  }

  validation {
    condition     = var.zincati == null ? true : alltrue([for window in var.zincati.windows : can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", window.start_time))])
    error_message = "Every window's start_time must be a time of day, such as 22:30."
  }

  validation {
    condition     = var.zincati == null ? true : alltrue([for window in var.zincati.windows : window.length_minutes >= 1 && window.length_minutes <= 10080 && floor(window.length_minutes) == window.length_minutes])
    error_message = "Every window's length_minutes must be a whole number from 1 to 10080, a week."
  }

  validation {
    condition     = try(var.zincati.time_zone, null) == null ? true : var.zincati.strategy == "periodic" && can(regex("^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", var.zincati.time_zone))
    error_message = "zincati's time_zone belongs to the strategy periodic, and must be a time zone such as Europe/Berlin, or localtime."
  }

  validation {
    condition     = var.zincati == null ? true : var.zincati.strategy == "fleet_lock" ? can(regex("^https?://[A-Za-z0-9._:@\\[\\]-]+(/[A-Za-z0-9._~%/+-]*)?$", var.zincati.base_url)) : var.zincati.base_url == null
    error_message = "zincati's strategy fleet_lock needs base_url, the http or https address of the lock server, and no other takes it."
  }
}

variable "ostree_remotes" {
  description = "Remotes that ostree pulls from, each a file of /etc/ostree/remotes.d. gpg_keys: public keys in ASCII armour that commits must be signed by; none: those that the image trusts."
  type = list(object({
    name       = string
    url        = string
    gpg_verify = optional(bool, true)
    gpg_keys   = optional(list(string), [])
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for remote in var.ostree_remotes : can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$", remote.name))])
    error_message = "Every remote's name must be 1 to 63 letters, digits and _ . -, beginning with a letter, a digit or an underscore."
  }

  validation {
    condition     = length(distinct([for remote in var.ostree_remotes : remote.name])) == length(var.ostree_remotes)
    error_message = "No two remotes can have the same name."
  }

  validation {
    condition     = alltrue([for remote in var.ostree_remotes : can(regex("^(https?://[A-Za-z0-9_\\[]|file:///)[!#-\\[\\]-~]*$", remote.url))])
    error_message = "Every remote's url must be an http, https or file address, without spaces, quotes and backslashes."
  }

  validation {
    condition     = alltrue([for remote in var.ostree_remotes : remote.gpg_verify || length(remote.gpg_keys) == 0])
    error_message = "A remote with gpg_keys verifies: leave gpg_verify = false or the keys out."
  }

  validation {
    condition = alltrue(flatten([for remote in var.ostree_remotes : [for key in remote.gpg_keys :
      can(regex("^-----BEGIN PGP PUBLIC KEY BLOCK-----\\r?\\n[!-~ \\r\\n]+-----END PGP PUBLIC KEY BLOCK-----\\s*$", key)) && !strcontains(key, "PRIVATE KEY")
    ]]))
    error_message = "Every one of a remote's gpg_keys must be a public key in ASCII armour, as `gpg --armor --export` prints it."
  }
}

variable "signature_policy" {
  description = "Which container images the host takes: default (reject or insecureAcceptAnything), and by registry or repository one of sigstoreSigned (with the public keys, any of which will do), reject and insecureAcceptAnything. Null leaves the image's policy."
  type = object({
    default = optional(string, "reject")
    registries = optional(map(object({
      type = optional(string, "sigstoreSigned")
      keys = optional(list(string), [])
    })), {})
  })
  default = null

  validation {
    condition     = var.signature_policy == null ? true : contains(["reject", "insecureAcceptAnything"], var.signature_policy.default)
    error_message = "signature_policy's default must be reject or insecureAcceptAnything."
  }

  validation {
    condition     = var.signature_policy == null ? true : alltrue([for scope in keys(var.signature_policy.registries) : can(regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$", scope))])
    error_message = "signature_policy's registries must be named as in an image's reference: HOST, HOST:PORT or HOST/REPOSITORY, without tag, digest or wildcard."
  }

  validation {
    condition     = var.signature_policy == null ? true : alltrue([for registry in var.signature_policy.registries : contains(["sigstoreSigned", "reject", "insecureAcceptAnything"], registry.type)])
    error_message = "The type of every registry in signature_policy must be sigstoreSigned, reject or insecureAcceptAnything."
  }

  validation {
    condition     = var.signature_policy == null ? true : alltrue([for registry in var.signature_policy.registries : (length(registry.keys) > 0) == (registry.type == "sigstoreSigned")])
    error_message = "A registry whose type is sigstoreSigned needs keys, and no other takes them."
  }

  validation {
    condition     = var.signature_policy == null ? true : alltrue(flatten([for registry in var.signature_policy.registries : [for key in registry.keys : can(regex("^-----BEGIN PUBLIC KEY-----\\r?\\n[A-Za-z0-9+/=\\r\\n]+-----END PUBLIC KEY-----\\s*$", key))]]))
    error_message = "Every key in signature_policy must be a public key in PEM, as cosign writes it to cosign.pub."
  }
}
