# What differs from site to site; the module validates it.

variable "name" {
  description = "Name of the fleet."
  type        = string
  default     = "demo"
}

variable "images" {
  description = "Images by UUID: what new hosts of each pool boot first, and the bastion."
  type = object({
    blue    = string
    green   = string
    bastion = string
  })
}

variable "size" {
  description = "Hosts of each pool."
  type        = number
  default     = 3
}

variable "weights" {
  description = "Each pool's part of the traffic when its hosts are made."
  type = object({
    blue  = number
    green = number
  })
  default = { blue = 100, green = 0 }
}

variable "zones" {
  description = "Availability zones."
  type        = list(string)
  default     = ["nova"]
}

variable "machine_type" {
  description = "Flavor, by name, with a disk of at least 10 GiB."
  type        = string
}

variable "external_network" {
  description = "External network, by name."
  type        = string
}

variable "ssh_authorized_key" {
  description = "Public key that may log in."
  type        = string
}

variable "ssh_from" {
  description = "CIDRs that may reach the bastion's ssh."
  type        = list(string)
}

variable "first_boot" {
  description = "Ignition JSON or cloud-init of every machine; null: only the ssh key."
  type        = string
  default     = null
  sensitive   = true
}

variable "host_keys" {
  description = "Public host keys by host name, once they are known."
  type        = map(list(string))
  default     = {}
}

variable "bastion_host_keys" {
  description = "The bastion's public host keys, once they are known."
  type        = list(string)
  default     = []
}
