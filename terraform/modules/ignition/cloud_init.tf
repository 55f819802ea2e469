# https://cloudinit.readthedocs.io/en/latest/reference/modules.html

locals {
  unit_files = flatten([for unit in var.units : concat(
    unit.contents == null ? [] : [{ path = "/etc/systemd/system/${unit.name}", content = unit.contents }],
    [for dropin in unit.dropins : { path = "/etc/systemd/system/${unit.name}.d/${dropin.name}", content = dropin.contents }],
  )])

  written = concat(
    [for file in local.files : { for key, value in {
      path        = file.path
      content     = file.plain ? file.contents : file.base64
      encoding    = file.plain ? null : file.gzip ? "gz+b64" : "b64"
      permissions = format("%04s", file.mode)
      owner       = "${file.user}:${file.group}"
      # root is there before users are made, and nobody else may be
      defer = file.user == "root" && file.group == "root" ? null : true
    } : key => value if value != null } if !file.own],
    [for file in local.unit_files : { for key, value in {
      path        = file.path
      content     = can(regex("^[\\t\\n -~]*$", file.content)) ? file.content : base64encode(file.content)
      encoding    = can(regex("^[\\t\\n -~]*$", file.content)) ? null : "b64"
      permissions = "0644"
      owner       = "root:root"
    } : key => value if value != null }],
  )

  # each a list of words: cloud-init quotes them, no shell takes them apart
  commands = concat(
    [for directory in var.directories : ["install", "-d", "-m", format("%04s", directory.mode), "-o", directory.user, "-g", directory.group, "--", directory.path]],
    flatten([for link in var.links : [
      { words = ["mkdir", "-p", "--", dirname(link.path)] },
      { words = ["ln", link.hard ? "-fT" : "-sfT", "--", link.target, link.path] },
    ]])[*].words,
    length(var.units) == 0 ? [] : [["systemctl", "daemon-reload"]],
    [for unit in var.units : ["systemctl", "mask", "--now", "--", unit.name] if unit.masked],
    [for unit in var.units : ["systemctl", unit.enabled ? "enable" : "disable", "--", unit.name] if unit.enabled != null],
    # a template is enabled, its instances are started
    [for unit in var.units : ["systemctl", unit.enabled ? "start" : "stop", "--no-block", "--", unit.name] if unit.enabled != null && !strcontains(unit.name, "@.")],
  )

  cloud_config = { for key, value in {
    hostname                  = var.hostname
    fqdn                      = var.hostname != null && strcontains(coalesce(var.hostname, "-"), ".") ? var.hostname : null
    prefer_fqdn_over_hostname = var.hostname != null && strcontains(coalesce(var.hostname, "-"), ".") ? true : null
    preserve_hostname         = var.hostname == null ? null : false
    groups                    = length(var.groups) == 0 ? null : var.groups
    users = length(var.users) == 0 ? null : [for user in var.users : { for key, value in {
      name                = user.name
      ssh_authorized_keys = length(user.ssh_authorized_keys) == 0 ? null : user.ssh_authorized_keys
      hashed_passwd       = lookup(var.password_hashes, user.name, null)
      lock_passwd         = lookup(var.password_hashes, user.name, null) == null
      groups              = length(user.groups) == 0 ? null : user.groups
      sudo                = user.sudo ? "ALL=(ALL) NOPASSWD: ALL" : null
      uid                 = user.uid
      gecos               = user.comment
      homedir             = user.home
      shell               = user.shell
      system              = user.system ? true : null
    } : key => value if value != null }]
    ssh_keys = length(local.host_key_types) == 0 ? null : merge(
      { for type in local.host_key_types : "${type}_private" => "${trimspace(var.host_keys[type].private)}\n" },
      { for type in local.host_key_types : "${type}_public" => "${trimspace(var.host_keys[type].public)}\n" },
      { for type, certificate in var.host_certificates : "${type}_certificate" => "${trimspace(certificate)}\n" },
    )
    write_files = length(local.written) == 0 ? null : local.written
    runcmd      = length(local.commands) == 0 ? null : local.commands
  } : key => value if value != null }

  # JSON is YAML, and leaves no doubt about what is quoted
  cloud_init = "#cloud-config\n${jsonencode(local.cloud_config)}\n"
}
