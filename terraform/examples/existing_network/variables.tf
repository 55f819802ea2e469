variable "region" {
  description = "AWS region."
  type        = string
}

variable "vpc_id" {
  description = "The VPC the fleet shall stand in."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets for the hosts, one in a zone. They need a way to where updates come from."
  type        = set(string)
}

variable "name" {
  description = "Name of the fleet."
  type        = string
  default     = "demo"
}

variable "pools" {
  description = "Pools of hosts by name: image is an AMI by id."
  type = map(object({
    image = string
    size  = optional(number, 3)
  }))
}

variable "ssh_authorized_keys" {
  description = "Public keys that may log in; EC2 hands a machine the first one that is ssh-ed25519 or ssh-rsa."
  type        = list(string)
}

variable "ssh_from" {
  description = "Networks that may reach the hosts by ssh: the VPN, or the jump host's own network."
  type        = list(string)
  default     = []
}

variable "jump" {
  description = "Jump hosts that are there already, the one nearest to the controller first."
  type = list(object({
    address            = string
    user               = string
    port               = optional(number, 22)
    host_keys          = optional(list(string), [])
    host_key_authority = optional(string)
  }))
  default = []
}
