variable "release" {
  description = "Exact release of Fedora CoreOS, such as 44.20260707.3.1: the same AMI for ever. Give this or stream."
  type        = string
  default     = null

  validation {
    condition     = var.release == null ? true : can(regex("^[1-9][0-9]\\.[0-9]{8}\\.[0-9]{1,2}\\.[0-9]{1,3}$", var.release))
    error_message = "release must be an exact release of Fedora CoreOS, such as 44.20260707.3.1."
  }

  validation {
    condition     = (var.release == null) != (var.stream == null)
    error_message = "Give either release or stream."
  }
}

variable "stream" {
  description = "Stream of Fedora CoreOS whose newest release is wanted: stable, testing or next. It floats: the id changes with every release, and hosts that are made from it are replaced then."
  type        = string
  default     = null

  validation {
    condition     = var.stream == null ? true : contains(["stable", "testing", "next"], var.stream)
    error_message = "stream must be stable, testing or next."
  }
}

variable "architecture" {
  description = "The machines' architecture: x86_64 or aarch64."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "aarch64"], var.architecture)
    error_message = "architecture must be x86_64 or aarch64."
  }
}
