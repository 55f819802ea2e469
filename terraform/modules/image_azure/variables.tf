variable "name" {
  description = "Name of the image. The gallery that is made for it is called NAME_RELEASE."
  type        = string
  default     = "fedora-coreos"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 40 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen."
  }
}

variable "location" {
  description = "Azure region, such as westeurope."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,49}$", var.location))
    error_message = "location must be the short name of an Azure region, such as westeurope: lower-case letters and digits."
  }
}

variable "resource_group_name" {
  description = "Resource group brought along, in location."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$", var.resource_group_name))
    error_message = "resource_group_name must be 1 to 90 letters, digits and _ ( ) . - alone, not ending in a full stop."
  }
}

variable "storage_account_name" {
  description = "Name of the storage account that is made for the upload. All of Azure shares these names."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.storage_account_name))
    error_message = "storage_account_name must be 3 to 24 lower-case letters and digits."
  }
}

variable "release" {
  description = "The release of Fedora CoreOS that the VHD is, such as 44.20260707.3.1."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]{0,3}\\.[0-9]{8}\\.[0-9]{1,5}\\.[0-9]{1,3}$", var.release))
    error_message = "release must be one of Fedora CoreOS, such as 44.20260707.3.1."
  }
}

variable "vhd" {
  description = "Path of the release's VHD for Azure, decompressed."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("\\.vhd$", var.vhd)) && fileexists(var.vhd)
    error_message = "vhd must be the path of a file that is there, decompressed: its name ends in .vhd."
  }
}

variable "sha256" {
  description = "The VHD's checksum, as the stream's metadata gives it (uncompressed-sha256). The file is checked against it at every plan."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.sha256))
    error_message = "sha256 must be 64 hexadecimal digits."
  }

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.sha256)) ? try(filesha256(var.vhd) == var.sha256, true) : true
    error_message = "The file vhd does not have this sha256. Download and verify it again."
  }
}

variable "architecture" {
  description = "x64, or Arm64 for the stream's aarch64."
  type        = string
  default     = "x64"
  nullable    = false

  validation {
    condition     = contains(["x64", "Arm64"], var.architecture)
    error_message = "architecture must be x64 or Arm64."
  }
}

variable "hyper_v_generation" {
  description = "V2 (UEFI) or V1 (BIOS). The same VHD of x86_64 boots in both; Arm64 is V2."
  type        = string
  default     = "V2"
  nullable    = false

  validation {
    condition     = contains(["V1", "V2"], var.hyper_v_generation) && !(var.hyper_v_generation == "V1" && var.architecture == "Arm64")
    error_message = "hyper_v_generation must be V2, or V1 for x64."
  }
}

variable "replicas" {
  description = "Copies of the image in location. Azure recommends one for every 20 machines that are made at once."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.replicas >= 1 && var.replicas <= 100 && floor(var.replicas) == var.replicas
    error_message = "replicas must be a whole number from 1 to 100."
  }
}

variable "labels" {
  description = "Tags of everything that can carry them."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex("^[a-z][a-z0-9_-]{0,62}$", name))])
    error_message = "Names of labels must be 1 to 63 lower-case letters, digits, hyphens and underscores, beginning with a letter."
  }
}
