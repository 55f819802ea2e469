terraform {
  required_version = ">= 1.9.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.10, < 5.0"
    }
  }

  # where the state lies: terraform init -backend-config=path=FILE
  backend "local" {}
}

# Credentials: az login, or the ARM_* variables of the environment.
provider "azurerm" {
  subscription_id = var.subscription_id

  features {}
}

module "fleet" {
  source = "../../modules/azure"

  name                = var.name
  location            = var.location
  resource_group_name = var.resource_group_name
  zones               = var.zones
  machine_type        = var.machine_type
  ssh_authorized_keys = var.ssh_authorized_keys
  ssh_from            = var.ssh_from
  host_keys           = var.host_keys

  pools = {
    blue  = { image = coalesce(var.blue_image, var.image), size = var.size, weight = 100 }
    green = { image = coalesce(var.green_image, var.image), size = var.size }
  }

  bastion = {
    image     = var.image
    host_keys = var.bastion_host_keys
  }

  balancer = {
    public = length(var.clients) > 0
    from   = length(var.clients) > 0 ? var.clients : null
  }

  labels = var.labels
}
