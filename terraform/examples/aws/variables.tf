# The module's variables, those that most fleets need; it validates them.

variable "region" {
  description = "AWS region."
  type        = string
}

variable "name" {
  description = "Name of the fleet."
  type        = string
  default     = "demo"
}

variable "pools" {
  description = "Pools of hosts by name: image is an AMI by id, weight the pool's part of the traffic when the balancer is made."
  type = map(object({
    image        = string
    size         = optional(number, 3)
    zones        = optional(list(string))
    machine_type = optional(string)
    disk_size    = optional(number)
    weight       = optional(number, 0)
    labels       = optional(map(string), {})
  }))
}

variable "zones" {
  description = "Availability zones the hosts are spread over, two or more."
  type        = list(string)
}

variable "machine_type" {
  description = "EC2 instance type."
  type        = string
  default     = "t3.small"
}

variable "ssh_authorized_keys" {
  description = "Public keys that may log in; EC2 hands a machine the first one that is ssh-ed25519 or ssh-rsa."
  type        = list(string)
}

variable "ssh_from" {
  description = "Networks that may reach the bastion by ssh."
  type        = list(string)
  default     = []
}

variable "first_boot" {
  description = "Ignition (JSON) or cloud-init for every host; null: only the ssh key."
  type        = string
  default     = null
  sensitive   = true
}

variable "host_keys" {
  description = "Public host keys by host name, as learnt when the hosts were provisioned."
  type        = map(list(string))
  default     = {}
}

variable "host_key_authority" {
  description = "Public key of the SSH CA that signs the host keys."
  type        = string
  default     = null
}

variable "balancer" {
  description = "The balancer; null makes none."
  type = object({
    port            = optional(number, 80)
    host_port       = optional(number, 8080)
    health_path     = optional(string, "/healthz")
    health_interval = optional(number, 10)
    public          = optional(bool, false)
    from            = optional(list(string))
  })
  default = {}
}

variable "bastion" {
  description = "The jump host; null makes none."
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
}

variable "labels" {
  description = "Tags on everything that can carry them."
  type        = map(string)
  default     = {}
}
