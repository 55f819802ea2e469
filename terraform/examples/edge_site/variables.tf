# The modules validate them.

variable "name" {
  description = "Name of the site."
  type        = string
  default     = "site"
}

variable "pools" {
  description = "Pools of machines by name; image: what they are installed from."
  type = map(object({
    image = string
  }))
}

variable "machines" {
  description = "The machines by name. host_keys: of machines that are installed already."
  type = map(object({
    address   = string
    pool      = string
    zone      = optional(string, "default")
    host_keys = optional(list(string), [])
    labels    = optional(map(string), {})
  }))
}

variable "user" {
  description = "The user to log in as."
  type        = string
  default     = "core"
}

variable "ssh_authorized_keys" {
  description = "Public keys that may log in."
  type        = list(string)
}

variable "host_keys" {
  description = "Host keys to install, by machine and type: private and public, as ssh-keygen writes them."
  type        = map(map(object({ private = string, public = string })))
  default     = {}
  sensitive   = true
}

variable "jump" {
  description = "The way to the site, the hop nearest to you first."
  type = list(object({
    address            = string
    user               = optional(string, "core")
    port               = optional(number, 22)
    host_keys          = optional(list(string), [])
    host_key_authority = optional(string)
  }))
  default = []
}
