# What is your site's; the module validates it.

variable "project" {
  description = "Id of your project."
  type        = string
}

variable "region" {
  description = "Region of the fleet."
  type        = string
  default     = "europe-west3"
}

variable "zones" {
  description = "Zones that each pool's hosts are dealt over."
  type        = list(string)
  default     = ["europe-west3-a", "europe-west3-b", "europe-west3-c"]
}

variable "name" {
  description = "Name of the fleet."
  type        = string
  default     = "demo"
}

variable "blue_image" {
  description = "What new hosts of blue, and the bastion, boot first: projects/PROJECT/global/images/IMAGE."
  type        = string
}

variable "green_image" {
  description = "What new hosts of green boot first: projects/PROJECT/global/images/IMAGE."
  type        = string
}

variable "size" {
  description = "Hosts in each pool."
  type        = number
  default     = 3
}

variable "ssh_authorized_keys" {
  description = "Public keys that may log in."
  type        = list(string)
}

variable "ssh_from" {
  description = "CIDRs that may reach the bastion by ssh."
  type        = list(string)
}

variable "public" {
  description = "Whether the balancer is on the internet, open to everybody."
  type        = bool
  default     = false
}

variable "host_keys" {
  description = "The hosts' public keys by host name, once they are known."
  type        = map(list(string))
  default     = {}
}

variable "bastion_host_keys" {
  description = "The bastion's public keys, once they are known."
  type        = list(string)
  default     = []
}

variable "labels" {
  description = "Labels of everything that can carry them."
  type        = map(string)
  default     = {}
}
