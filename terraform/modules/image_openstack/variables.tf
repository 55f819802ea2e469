variable "release" {
  description = "Release of Fedora CoreOS that the image holds, such as 43.20260105.3.0. A new one makes a new image."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]{8}\\.[0-9]+\\.[0-9]+$", var.release))
    error_message = "release must be a release of Fedora CoreOS such as 43.20260105.3.0, not a stream."
  }
}

variable "architecture" {
  description = "Architecture of the image."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "aarch64", "ppc64le", "s390x"], var.architecture)
    error_message = "architecture must be x86_64, aarch64, ppc64le or s390x."
  }
}

variable "file" {
  description = "Path of the decompressed qcow2 image on this machine. Needed only until it is uploaded. Null: image_source_url."
  type        = string
  default     = null

  validation {
    condition     = var.file == null ? true : can(regex("\\.qcow2$", var.file))
    error_message = "file must be a decompressed image, whose name ends in .qcow2: run xz --decompress first."
  }

  validation {
    condition     = (var.file == null) != (var.image_source_url == null)
    error_message = "Give either file or image_source_url."
  }
}

variable "sha256" {
  description = "SHA-256 of the decompressed file: the stream's metadata calls it uncompressed-sha256. As long as the file is there it must have it. Null: not checked here."
  type        = string
  default     = null

  validation {
    condition     = var.sha256 == null ? true : can(regex("^[0-9a-f]{64}$", var.sha256))
    error_message = "sha256 must be 64 hexadecimal digits, in lower case."
  }

  validation {
    condition     = var.sha256 == null || var.file != null
    error_message = "sha256 is checked on a file; what Glance fetches from image_source_url cannot be checked by it."
  }
}

variable "image_source_url" {
  description = "Where Glance itself fetches the decompressed qcow2 image (its web-download). Null: file."
  type        = string
  default     = null

  validation {
    condition     = var.image_source_url == null ? true : can(regex("^https://[^[:space:][:cntrl:]]+\\.qcow2$", var.image_source_url))
    error_message = "image_source_url must be an https URL of a decompressed image, which ends in .qcow2: Glance cannot decompress xz."
  }
}

variable "visibility" {
  description = "Who sees the image: private, shared, community or public."
  type        = string
  default     = "private"
  nullable    = false

  validation {
    condition     = contains(["private", "shared", "community", "public"], var.visibility)
    error_message = "visibility must be private, shared, community or public."
  }
}

variable "properties" {
  description = "Further properties, such as hw_firmware_type. They lie over os_distro, os_version, os_type and architecture, which are set."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, value in var.properties : can(regex("^[a-z][a-z0-9_.:-]{0,254}$", name)) && can(regex("^[^[:cntrl:]]{1,255}$", value))])
    error_message = "properties must have lower-case names and values of one line, not empty."
  }
}
