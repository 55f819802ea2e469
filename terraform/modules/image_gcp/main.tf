locals {
  project = "fedora-coreos-cloud"
  suffix  = "gcp-${replace(var.architecture, "_", "-")}"
  name    = var.release == null ? null : "fedora-coreos-${replace(var.release, ".", "-")}-${local.suffix}"
  family  = var.stream == null ? null : "fedora-coreos-${var.stream}${var.architecture == "aarch64" ? "-arm64" : ""}"
}

data "google_compute_image" "fedora_coreos" {
  project = local.project
  name    = local.name
  family  = local.family

  lifecycle {
    postcondition {
      condition     = can(regex("^fedora-coreos-[0-9]+-[0-9]+-[0-9]+-[0-9]+-${local.suffix}$", self.name))
      error_message = "Google Cloud answered with an image that is none of Fedora CoreOS for ${var.architecture}: ${self.name}. Name the image itself as the pool's image."
    }
  }
}
