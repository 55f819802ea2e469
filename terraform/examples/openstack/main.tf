terraform {
  required_version = ">= 1.9.0"

  required_providers {
    openstack = {
      source  = "terraform-provider-openstack/openstack"
      version = ">= 3.0, < 4.0"
    }
  }

  # where the state lies: terraform init -backend-config=path=FILE
  backend "local" {}
}

# credentials and region: clouds.yaml, chosen by the environment's OS_CLOUD
provider "openstack" {}

module "fleet" {
  source = "../../modules/openstack"

  name                = var.name
  zones               = var.zones
  machine_type        = var.machine_type
  ssh_authorized_keys = [var.ssh_authorized_key]
  first_boot          = var.first_boot
  host_keys           = var.host_keys
  external_network    = var.external_network
  ssh_from            = var.ssh_from
  balancer            = {}

  pools = {
    blue  = { image = var.images.blue, size = var.size, weight = var.weights.blue }
    green = { image = var.images.green, size = var.size, weight = var.weights.green }
  }

  bastion = {
    image      = var.images.bastion
    first_boot = var.first_boot
    host_keys  = var.bastion_host_keys
  }
}
