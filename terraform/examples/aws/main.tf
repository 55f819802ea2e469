terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7.0"
    }
  }

  # where the state lies: terraform init -backend-config=path=FILE
  backend "local" {}
}

provider "aws" {
  region = var.region
}

module "fleet" {
  source = "../../modules/aws"

  name                = var.name
  pools               = var.pools
  zones               = var.zones
  machine_type        = var.machine_type
  ssh_authorized_keys = var.ssh_authorized_keys
  ssh_from            = var.ssh_from
  first_boot          = var.first_boot
  host_keys           = var.host_keys
  host_key_authority  = var.host_key_authority
  balancer            = var.balancer
  bastion             = var.bastion
  labels              = var.labels
}
