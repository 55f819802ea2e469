variable "name" {
  description = "Name of the fleet; the hosts are called NAME-CLOUD-POOL-NUMBER."
  type        = string
  default     = "demo"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 10 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen."
  }
}

variable "size" {
  description = "Hosts of pool blue in every cloud. Pool green waits with none."
  type        = number
  default     = 2
  nullable    = false
}

variable "aws" {
  description = "Region, zones (two or more) and image (an AMI by id) on AWS."
  type = object({
    region = string
    zones  = list(string)
    image  = string
  })
}

variable "azure" {
  description = "Subscription, location, zones and image (by resource id) on Azure."
  type = object({
    subscription_id = string
    location        = string
    zones           = optional(list(string), ["1", "2", "3"])
    image           = string
  })
}

variable "gcp" {
  description = "Project, region, zones and image (projects/PROJECT/global/images/NAME) on Google Cloud."
  type = object({
    project = string
    region  = string
    zones   = list(string)
    image   = string
  })
}

variable "openstack" {
  description = "Entry of clouds.yaml (null: the environment), zones, flavor, external network (by name) and image (by UUID) on OpenStack."
  type = object({
    cloud            = optional(string)
    zones            = list(string)
    machine_type     = string
    external_network = string
    image            = string
  })
}

variable "ssh_authorized_keys" {
  description = "Public keys that may log in."
  type        = list(string)
}

variable "ssh_from" {
  description = "Networks that may reach the bastions by ssh."
  type        = list(string)
  default     = []
}

variable "host_keys" {
  description = "Public host keys by host name, as learnt when the hosts were provisioned."
  type        = map(list(string))
  default     = {}
}

variable "bastion_host_keys" {
  description = "Public host keys of the bastions by cloud: aws, azure, gcp, openstack."
  type        = map(list(string))
  default     = {}
}
