variable "release" {
  description = "Exact release of Fedora CoreOS: the same image at every plan. Null where stream is given."
  type        = string
  default     = null

  validation {
    condition     = var.release == null ? true : can(regex("^[0-9]{2}\\.[0-9]{8}\\.[0-9]{1,3}\\.[0-9]{1,3}$", var.release))
    error_message = "release must be a release of Fedora CoreOS, such as 44.20260707.3.1."
  }
}

variable "stream" {
  description = "Stream of Fedora CoreOS, whose newest image is taken at every plan: it floats, and a new image replaces the hosts that are made from it. Null where release is given."
  type        = string
  default     = null

  validation {
    condition     = var.stream == null ? true : contains(["stable", "testing", "next"], var.stream)
    error_message = "stream must be stable, testing or next."
  }

  validation {
    condition     = (var.stream == null) != (var.release == null)
    error_message = "Give one of release and stream, and not both."
  }
}

variable "architecture" {
  description = "Architecture of the machines: x86_64 or aarch64."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "aarch64"], var.architecture)
    error_message = "architecture must be x86_64 or aarch64."
  }
}
