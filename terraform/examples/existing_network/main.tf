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

# The subnets say themselves which zones they are in.
data "aws_subnet" "hosts" {
  for_each = var.subnet_ids

  id     = each.value
  vpc_id = var.vpc_id
}

module "fleet" {
  source = "../../modules/aws"

  name                = var.name
  pools               = var.pools
  zones               = sort([for subnet in data.aws_subnet.hosts : subnet.availability_zone])
  ssh_authorized_keys = var.ssh_authorized_keys
  ssh_from            = var.ssh_from
  jump                = var.jump

  network = {
    vpc_id  = var.vpc_id
    subnets = { for subnet in data.aws_subnet.hosts : subnet.availability_zone => subnet.id }
  }
}
