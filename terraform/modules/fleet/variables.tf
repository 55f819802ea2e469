variable "name" {
  description = "Name of the one fleet."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", var.name))
    error_message = "name must be 1 to 63 letters, digits and . _ -, beginning with a letter or a digit."
  }
}

# any: the labels and settings of the clouds are objects of different types
variable "fleets" {
  description = "Outputs fleet of other modules, by labels of your choice: a label goes before the names of the fleet's pools and balancers."
  type        = any
  nullable    = false

  validation {
    condition     = can(keys(var.fleets)) && alltrue([for label in try(keys(var.fleets), []) : can(regex("^[a-z][a-z0-9]{0,20}$", label))])
    error_message = "fleets must be a map, its labels 1 to 21 lower-case letters and digits, beginning with a letter."
  }

  validation {
    condition     = alltrue([for fleet in try(values(var.fleets), []) : try(fleet.schema, "") == "atomic.fleet/fleet/v1" && can([fleet.hosts[*].pool, keys(fleet.pools), fleet.traffic[*].pools])])
    error_message = "Every one of fleets must be the output fleet of a module, by the contract atomic.fleet/fleet/v1."
  }

  validation {
    condition     = alltrue(flatten([for label in try(keys(var.fleets), []) : [for name in concat(try(keys(var.fleets[label].pools), []), try(var.fleets[label].traffic[*].name, [])) : length("${label}-${name}") <= 63]]))
    error_message = "LABEL-POOL and LABEL-BALANCER must have at most 63 characters: choose a shorter label."
  }
}
