locals {
  directory = pathexpand(coalesce(var.directory, "/var/lib/atomic-fleet/${var.name}"))
  program   = abspath("${path.module}/files/lab.py")
  lab       = "python3 -B '${local.program}'"

  bastion_address = "10.88.0.2"
  remote_url      = "http://10.88.0.1:8080/"
  ref             = "lab:lab/x86_64/stable"

  slots = flatten([
    for pool, settings in var.pools : [
      for number in range(1, settings.size + 1) : {
        name    = "${var.name}-${pool}-${number}"
        pool    = pool
        zone    = settings.zones[(number - 1) % length(settings.zones)]
        release = coalesce(settings.release, var.release)
      }
    ]
  ])
  hosts = {
    for index, slot in local.slots : slot.name => merge(slot, {
      octet   = 11 + index # the address it would like; the lab gives each host one for life
      private = contains(var.jump_hosts, slot.name)
    })
  }

  # What the hosts of each pool begin with behind the balancer. Without a word of weights the first pool that has hosts
  # gets it all.
  weighed = anytrue([for pool in var.pools : pool.weight != null])
  first   = try([for name, pool in var.pools : name if pool.size > 0][0], null)
  weights = { for name, pool in var.pools : name => local.weighed ? coalesce(pool.weight, 0) : name == local.first ? 100 : 0 }

  # What runs is read off the machine at every plan. A unit's record names its process, and the generation that was
  # asked for when it was started. A unit that no longer lives is asked for under the next number: that is a change,
  # and applying it starts the unit again without touching the disks.
  machine_boot = trimspace(file("/proc/sys/kernel/random/boot_id"))
  records      = { for unit in concat(["network", "remote", "bastion", "balancer"], keys(local.hosts)) : unit => try(jsondecode(file("${local.directory}/run/${unit}.json")), null) }
  namespaces   = merge({ network = var.name, remote = var.name, bastion = "${var.name}-jump", balancer = var.name }, { for name in keys(local.hosts) : name => name })
  processes    = { for unit, record in local.records : unit => try(split(" ", split(") ", file("/proc/${record.pid}/stat"))[1]), null) }
  alive = {
    for unit, record in local.records : unit => try(
      record.boot == local.machine_boot
      && fileexists("/run/netns/${local.namespaces[unit]}")
      && (record.pid == 0 ? true : local.processes[unit][19] == record.start && local.processes[unit][0] != "Z"),
      false
    )
  }
  generation = { for unit, record in local.records : unit => try(record.generation, 0) + (local.alive[unit] ? 0 : 1) }
}

# Destroyed last: whatever an interrupted apply left behind goes with it.
resource "terraform_data" "lab" {
  triggers_replace = [var.name, local.directory]
  input = {
    lab  = local.lab
    args = "'${local.directory}' '${var.name}'"
  }

  lifecycle {
    precondition {
      condition     = length(setsubtract(var.jump_hosts, keys(local.hosts))) == 0
      error_message = "jump_hosts names hosts that the lab does not have: ${join(", ", setsubtract(var.jump_hosts, keys(local.hosts)))}. A host is called NAME-POOL-NUMBER."
    }
  }

  provisioner "local-exec" {
    when    = destroy
    command = "${self.input.lab} erase ${self.input.args}"
  }
}

resource "terraform_data" "image" {
  triggers_replace = [terraform_data.lab.id, var.variant]

  provisioner "local-exec" {
    command = "${local.lab} prepare '${local.directory}' '${var.name}' --cache '${pathexpand(var.cache)}' --variant ${var.variant} --published ${var.published}"
  }
}

# A changed weight is no trigger: shares are moved by whoever swaps.
resource "terraform_data" "settings" {
  triggers_replace = [terraform_data.image.id, var.boot_delay, var.boot_attempts, keys(var.pools)]

  provisioner "local-exec" {
    command = "${local.lab} settings '${local.directory}' '${var.name}' --boot-delay ${var.boot_delay} --boot-attempts ${var.boot_attempts} ${join(" ", [for pool, weight in local.weights : "--weight ${pool}=${weight}"])}"
  }
}

resource "terraform_data" "network" {
  triggers_replace = [terraform_data.image.id, local.generation["network"]]
  input            = terraform_data.lab.output

  provisioner "local-exec" {
    command = "${local.lab} start '${local.directory}' '${var.name}' network --generation ${local.generation["network"]}"
  }

  provisioner "local-exec" {
    when    = destroy
    command = "${self.input.lab} stop ${self.input.args} network"
  }
}

resource "terraform_data" "service" {
  for_each         = toset(["remote", "bastion", "balancer"])
  triggers_replace = [terraform_data.network.id, local.generation[each.key]]
  input            = merge(terraform_data.lab.output, { unit = each.key })

  provisioner "local-exec" {
    command = "${local.lab} start '${local.directory}' '${var.name}' ${each.key} --generation ${local.generation[each.key]}"
  }

  provisioner "local-exec" {
    when    = destroy
    command = "${self.input.lab} stop ${self.input.args} ${self.input.unit}"
  }
}

# A host's files: its address, its keys and its disk.
resource "terraform_data" "host" {
  for_each         = local.hosts
  triggers_replace = [terraform_data.image.id, each.value.release]
  input = merge(terraform_data.lab.output, {
    host    = each.key
    octet   = "${local.directory}/hosts/${each.key}.octet"
    key     = "${local.directory}/hosts/${each.key}/ssh_host_ed25519_key.pub"
    bastion = "${local.directory}/bastion/ssh_host_ed25519_key.pub"
  })

  provisioner "local-exec" {
    command = "${local.lab} make '${local.directory}' '${var.name}' ${each.key} --release ${each.value.release} --octet ${each.value.octet}"
  }

  provisioner "local-exec" {
    when    = destroy
    command = "${self.input.lab} remove ${self.input.args} ${self.input.host}"
  }
}

# A host's power: on. Replaced when the host is down; its files stay.
resource "terraform_data" "running" {
  for_each         = local.hosts
  triggers_replace = [terraform_data.host[each.key].id, terraform_data.network.id, each.value.private, local.generation[each.key]]
  input            = terraform_data.host[each.key].output
  depends_on       = [terraform_data.service, terraform_data.settings]

  provisioner "local-exec" {
    command = "${local.lab} start '${local.directory}' '${var.name}' ${each.key} ${each.value.private ? "--private" : ""} --generation ${local.generation[each.key]}"
  }

  provisioner "local-exec" {
    when    = destroy
    command = "${self.input.lab} stop ${self.input.args} ${self.input.host}"
  }
}
