# https://coreos.github.io/ignition/configuration-v3_4/

locals {
  passwd = { for key, value in {
    groups = length(var.groups) == 0 ? null : [for group in var.groups : { name = group }]
    users = length(var.users) == 0 ? null : [for user in var.users : { for key, value in {
      name              = user.name
      passwordHash      = lookup(var.password_hashes, user.name, null)
      sshAuthorizedKeys = length(user.ssh_authorized_keys) == 0 ? null : user.ssh_authorized_keys
      groups            = length(user.groups) == 0 ? null : user.groups
      uid               = user.uid
      gecos             = user.comment
      homeDir           = user.home
      shell             = user.shell
      system            = user.system ? true : null
    } : key => value if value != null }]
  } : key => value if value != null }

  storage = { for key, value in {
    directories = length(var.directories) == 0 ? null : [for directory in var.directories : {
      path  = directory.path
      mode  = parseint(directory.mode, 8)
      user  = { name = directory.user }
      group = { name = directory.group }
    }]
    files = length(local.files) == 0 ? null : [for file in local.files : {
      path      = file.path
      overwrite = file.overwrite
      mode      = parseint(file.mode, 8)
      user      = { name = file.user }
      group     = { name = file.group }
      contents  = { for key, value in { source = "data:;base64,${file.base64}", compression = file.gzip ? "gzip" : null } : key => value if value != null }
    }]
    links = length(var.links) == 0 ? null : [for link in var.links : { path = link.path, target = link.target, hard = link.hard, overwrite = true }]
  } : key => value if value != null }

  systemd = { for key, value in {
    units = length(var.units) == 0 ? null : [for unit in var.units : { for key, value in {
      name     = unit.name
      contents = unit.contents
      enabled  = unit.enabled
      mask     = unit.masked ? true : null
      dropins  = length(unit.dropins) == 0 ? null : [for dropin in unit.dropins : { name = dropin.name, contents = dropin.contents }]
    } : key => value if value != null }]
  } : key => value if value != null }

  kernel_arguments = { for key, value in {
    shouldExist    = var.kernel_arguments.should_exist
    shouldNotExist = var.kernel_arguments.should_not_exist
  } : key => value if length(value) > 0 }

  ignition = jsonencode(merge({ ignition = { version = "3.4.0" } }, { for key, value in {
    passwd          = local.passwd
    storage         = local.storage
    systemd         = local.systemd
    kernelArguments = local.kernel_arguments
  } : key => value if length(value) > 0 }))
}
