terraform {
  required_version = ">= 1.9.0"

  # where the state lies: terraform init -backend-config=path=FILE
  backend "local" {}
}

# What each machine is installed with: its name, its user, and the keys it will answer with.
module "first_boot" {
  source   = "../../modules/ignition"
  for_each = var.machines

  formats   = ["ignition"]
  hostname  = each.key
  users     = [{ name = var.user, ssh_authorized_keys = var.ssh_authorized_keys, sudo = true }]
  host_keys = lookup(var.host_keys, each.key, {})
  zincati   = { enabled = false } # atomic.fleet decides what the machines boot
}

module "machines" {
  source = "../../modules/machines"

  name  = var.name
  pools = var.pools
  jump  = var.jump
  machines = { for name, machine in var.machines : name => merge(machine, {
    user      = var.user
    host_keys = concat(machine.host_keys, module.first_boot[name].public_host_keys)
  }) }
}
