# The module validates what goes into it.

variable "subscription_id" {
  description = "The subscription to build in."
  type        = string
}

variable "name" {
  description = "Name of the fleet."
  type        = string
  default     = "demo"
}

variable "location" {
  description = "Azure region with availability zones."
  type        = string
  default     = "westeurope"
}

variable "resource_group_name" {
  description = "Resource group brought along; null makes one called NAME."
  type        = string
  default     = null
}

variable "zones" {
  description = "Availability zones."
  type        = list(string)
  default     = ["1", "2", "3"]
}

variable "machine_type" {
  description = "VM size."
  type        = string
  default     = "Standard_D2s_v5"
}

variable "image" {
  description = "Image by resource id, for both pools and the bastion. The module image_azure uploads one."
  type        = string
}

variable "blue_image" {
  description = "Another image for the pool blue."
  type        = string
  default     = null
}

variable "green_image" {
  description = "Another image for the pool green."
  type        = string
  default     = null
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
  description = "Networks that may reach the bastion."
  type        = list(string)
}

variable "clients" {
  description = "Networks that may reach the balancer, at a public address. Empty: an internal balancer for the network itself."
  type        = list(string)
  default     = []
}

variable "host_keys" {
  description = "Public host keys by host name, as learnt at provision."
  type        = map(list(string))
  default     = {}
}

variable "bastion_host_keys" {
  description = "Public host keys of the bastion, as learnt at provision."
  type        = list(string)
  default     = []
}

variable "labels" {
  description = "Tags of everything, labels of every host."
  type        = map(string)
  default     = {}
}
