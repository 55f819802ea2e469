locals {
  # length() counts characters; base64 has four of them for three bytes
  encoded = { ignition = base64encode(local.ignition), cloud_init = base64encode(local.cloud_init) }
  size    = { for format, text in local.encoded : format => nonsensitive(length(text) / 4 * 3 - length(regexall("=", text))) }

  unit_paths = flatten([for unit in var.units : concat(
    unit.contents != null || unit.masked ? ["/etc/systemd/system/${unit.name}"] : [],
    [for dropin in unit.dropins : "/etc/systemd/system/${unit.name}.d/${dropin.name}"],
  )])
  file_paths = concat([for file in local.files : nonsensitive(file.path)], local.unit_paths)
  link_paths = [for link in var.links : link.path]
  paths      = concat(local.file_paths, local.link_paths, [for directory in var.directories : directory.path])
  twice      = distinct([for path, same in { for path in local.paths : path => path... } : path if length(same) > 1])

  # every folder above a path, none of which can be a file or a link of ours
  above = toset(flatten([for path in local.paths : [for depth in range(2, length(split("/", path))) : join("/", slice(split("/", path), 0, depth))]]))
  below = setintersection(local.above, concat(local.file_paths, local.link_paths))

  known_users  = setunion(var.image_users, [for user in var.users : user.name])
  known_groups = setunion(var.image_groups, var.groups, [for user in var.users : user.name])
  owners       = concat(var.files, [for directory in var.directories : merge(directory, { contents = null, contents_base64 = null, overwrite = true })])
  no_users     = setsubtract([for owner in local.owners : owner.user], local.known_users)
  no_groups    = setsubtract(concat([for owner in local.owners : owner.group], flatten([for user in var.users : user.groups])), local.known_groups)
}

output "ignition" {
  description = "The Ignition document, spec 3.4.0, as JSON; null where formats lacks it."
  value       = contains(var.formats, "ignition") ? local.ignition : null
  sensitive   = true

  precondition {
    condition     = var.limit == null || !contains(var.formats, "ignition") ? true : local.size.ignition <= var.limit
    error_message = "The Ignition document has ${local.size.ignition} bytes, and limit allows ${coalesce(var.limit, 0)}: set compress = true, or write less."
  }
}

output "cloud_init" {
  description = "The cloud-init document, #cloud-config; null where formats lacks it."
  value       = contains(var.formats, "cloud_init") ? local.cloud_init : null
  sensitive   = true

  precondition {
    condition     = var.limit == null || !contains(var.formats, "cloud_init") ? true : local.size.cloud_init <= var.limit
    error_message = "The cloud-init document has ${local.size.cloud_init} bytes, and limit allows ${coalesce(var.limit, 0)}: set compress = true, or write less."
  }
}

output "size" {
  description = "Bytes of each document made, before any base64."
  value       = { for format, size in local.size : format => size if contains(var.formats, format) }

  precondition {
    condition     = length(local.twice) == 0
    error_message = "More than one entry writes ${join(", ", local.twice)}: keep one of files, directories, links, units and what the other inputs write."
  }

  precondition {
    condition     = length(local.below) == 0
    error_message = "Something lies below ${join(", ", local.below)}, which is a file or a link: move it, or make that a directory."
  }

  precondition {
    condition     = length(local.no_users) == 0
    error_message = "Files or directories belong to users that nobody makes: ${join(", ", local.no_users)}. Add them to users, or to image_users where the image has them."
  }

  precondition {
    condition     = length(local.no_groups) == 0
    error_message = "Groups are named that nobody makes: ${join(", ", local.no_groups)}. Add them to groups, or to image_groups where the image has them."
  }

  precondition {
    condition     = alltrue([for link in var.links : !link.hard || !contains([for directory in var.directories : directory.path], link.target)])
    error_message = "A hard link cannot lead to a directory: leave hard = true out."
  }
}

output "public_host_keys" {
  description = "The public host keys, for the host_keys of the cloud's module: what makes the host known before its first connection."
  value       = [for type in local.host_key_types : nonsensitive(trimspace(var.host_keys[type].public))]
}
