terraform {
  required_version = ">= 1.9.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.10, < 8.0"
    }
  }

  # where the state lies: terraform init -backend-config=path=FILE
  backend "local" {}
}

provider "google" {
  project = var.project
  region  = var.region
}

module "fleet" {
  source = "../../modules/gcp"

  name    = var.name
  project = var.project
  region  = var.region
  zones   = var.zones

  # both pools stay: a swap moves the traffic, and size = 0 retires the idle one
  pools = {
    blue  = { image = var.blue_image, size = var.size, weight = 100 }
    green = { image = var.green_image, size = var.size }
  }

  ssh_authorized_keys = var.ssh_authorized_keys
  ssh_from            = var.ssh_from
  host_keys           = var.host_keys
  bastion             = { image = var.blue_image, host_keys = var.bastion_host_keys }
  balancer            = { public = var.public, from = var.public ? ["0.0.0.0/0"] : null }
  labels              = var.labels
}
