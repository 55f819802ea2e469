terraform {
  required_version = ">= 1.8.0"

  # where the state lies: terraform init -backend-config=path=FILE
  backend "local" {}
}

module "lab" {
  source = "../../modules/lab"

  name          = var.name
  directory     = var.directory
  cache         = var.cache
  pools         = var.pools
  variant       = var.variant
  release       = var.release
  published     = var.published
  boot_delay    = var.boot_delay
  boot_attempts = var.boot_attempts
  jump_hosts    = var.jump_hosts
}
