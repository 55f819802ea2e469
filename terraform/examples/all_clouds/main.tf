terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7.0"
    }
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.10, < 5.0"
    }
    google = {
      source  = "hashicorp/google"
      version = ">= 6.10, < 8.0"
    }
    openstack = {
      source  = "terraform-provider-openstack/openstack"
      version = ">= 3.0, < 4.0"
    }
  }

  # where the state lies: terraform init -backend-config=path=FILE
  backend "local" {}
}

provider "aws" {
  region = var.aws.region
}

# Credentials: az login, or the ARM_* variables of the environment.
provider "azurerm" {
  subscription_id = var.azure.subscription_id

  features {}
}

provider "google" {
  project = var.gcp.project
  region  = var.gcp.region
}

# Credentials: the OS_* variables of the environment, or clouds.yaml by its entry's name.
provider "openstack" {
  cloud = var.openstack.cloud
}

# The hosts' first boot, the same in every cloud, as small as the smallest of them takes it.
module "first_boot" {
  source = "../../modules/ignition"

  formats = ["ignition"]
  limit   = 16384
  users   = [{ name = "core", ssh_authorized_keys = var.ssh_authorized_keys }]
  zincati = { enabled = false } # atomic.fleet decides what the hosts boot
}

locals {
  pools = { for cloud, image in {
    aws       = var.aws.image
    azure     = var.azure.image
    gcp       = var.gcp.image
    openstack = var.openstack.image
  } : cloud => { blue = { image = image, size = var.size, weight = 100 }, green = { image = image, size = 0 } } }
}

module "aws" {
  source = "../../modules/aws"

  name                = "${var.name}-aws"
  pools               = local.pools.aws
  zones               = var.aws.zones
  network_cidr        = "10.77.0.0/16"
  ssh_authorized_keys = var.ssh_authorized_keys
  ssh_from            = var.ssh_from
  first_boot          = module.first_boot.ignition
  host_keys           = var.host_keys
  bastion             = { image = var.aws.image, host_keys = lookup(var.bastion_host_keys, "aws", []) }
  balancer            = {}
}

module "azure" {
  source = "../../modules/azure"

  name                = "${var.name}-azure"
  location            = var.azure.location
  pools               = local.pools.azure
  zones               = var.azure.zones
  network_cidr        = "10.78.0.0/16"
  ssh_authorized_keys = var.ssh_authorized_keys
  ssh_from            = var.ssh_from
  first_boot          = module.first_boot.ignition
  host_keys           = var.host_keys
  bastion             = { image = var.azure.image, host_keys = lookup(var.bastion_host_keys, "azure", []) }
  balancer            = {}
}

module "gcp" {
  source = "../../modules/gcp"

  name                = "${var.name}-gcp"
  project             = var.gcp.project
  region              = var.gcp.region
  pools               = local.pools.gcp
  zones               = var.gcp.zones
  network_cidr        = "10.79.0.0/16"
  ssh_authorized_keys = var.ssh_authorized_keys
  ssh_from            = var.ssh_from
  first_boot          = module.first_boot.ignition
  host_keys           = var.host_keys
  bastion             = { image = var.gcp.image, host_keys = lookup(var.bastion_host_keys, "gcp", []) }
  balancer            = {}
}

module "openstack" {
  source = "../../modules/openstack"

  name                = "${var.name}-openstack"
  pools               = local.pools.openstack
  zones               = var.openstack.zones
  machine_type        = var.openstack.machine_type
  network_cidr        = "10.80.0.0/16"
  external_network    = var.openstack.external_network
  ssh_authorized_keys = var.ssh_authorized_keys
  ssh_from            = var.ssh_from
  first_boot          = module.first_boot.ignition
  host_keys           = var.host_keys
  bastion             = { image = var.openstack.image, host_keys = lookup(var.bastion_host_keys, "openstack", []) }
  balancer            = {}
}

module "fleet" {
  source = "../../modules/fleet"

  name = var.name
  fleets = {
    aws       = module.aws.fleet
    azure     = module.azure.fleet
    gcp       = module.gcp.fleet
    openstack = module.openstack.fleet
  }
}
