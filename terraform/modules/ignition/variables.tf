variable "formats" {
  description = "Which documents to make: ignition (Fedora CoreOS and its kin), cloud_init (everything else), or both. What one of them cannot say is refused, never left out."
  type        = set(string)
  default     = ["ignition", "cloud_init"]
  nullable    = false

  validation {
    condition     = length(var.formats) > 0 && length(setsubtract(var.formats, ["ignition", "cloud_init"])) == 0
    error_message = "formats must be ignition, cloud_init or both."
  }

  validation {
    condition     = !contains(var.formats, "cloud_init") || length(concat(var.kernel_arguments.should_exist, var.kernel_arguments.should_not_exist)) == 0
    error_message = "cloud-init cannot set kernel arguments: set formats = [\"ignition\"], or leave kernel_arguments out."
  }

  validation {
    condition     = !contains(var.formats, "cloud_init") || alltrue([for file in var.files : file.overwrite])
    error_message = "cloud-init always overwrites a file: set formats = [\"ignition\"], or leave overwrite = false out."
  }
}

variable "limit" {
  description = "Most bytes a document may have; null: not checked. AWS takes 16384, Azure 65535, Google Cloud 262144, OpenStack 49149 (65535 in base64)."
  type        = number
  default     = null

  validation {
    condition     = var.limit == null ? true : var.limit >= 1 && floor(var.limit) == var.limit
    error_message = "limit must be a whole number of bytes, 1 or more."
  }
}

variable "compress" {
  description = "Whether files given as text are packed with gzip. For documents that come near the cloud's limit."
  type        = bool
  default     = false
  nullable    = false
}

variable "hostname" {
  description = "The host's name for itself, short or with its domain; null leaves it to the cloud."
  type        = string
  default     = null

  validation {
    condition     = var.hostname == null ? true : length(var.hostname) <= 64 && can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$", var.hostname))
    error_message = "hostname must be a DNS name of at most 64 lower-case letters, digits, hyphens and dots."
  }
}

variable "files" {
  description = "Files to write. contents: text; contents_base64: anything else. mode: octal, as chmod takes it. overwrite = false makes the first boot fail where the file exists already (Ignition alone can do so)."
  type = list(object({
    path            = string
    contents        = optional(string)
    contents_base64 = optional(string)
    mode            = optional(string, "0644")
    user            = optional(string, "root")
    group           = optional(string, "root")
    overwrite       = optional(bool, true)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for file in var.files : can(regex("^(/[^/[:cntrl:]]+)+$", file.path)) && !can(regex("/\\.\\.?(/|$)", file.path)) && length(file.path) <= 4095])
    error_message = "Every file's path must be absolute and normalised: no //, no . or .., no slash at its end, no control characters."
  }

  validation {
    condition     = alltrue([for file in var.files : startswith(file.path, "/usr/local/") || !can(regex("^/(usr|proc|sys|dev|run)(/|$)", file.path))])
    error_message = "No file can be written below /usr, which is read-only on an atomic host (/usr/local is not), nor below /proc, /sys, /dev and /run."
  }

  validation {
    condition     = alltrue([for file in var.files : (file.contents == null) != (file.contents_base64 == null)])
    error_message = "Every file needs either contents or contents_base64."
  }

  validation {
    condition     = alltrue([for file in var.files : file.contents_base64 == null ? true : can(regex("^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", file.contents_base64))])
    error_message = "Every file's contents_base64 must be base64 in one line, with its padding: filebase64() makes it."
  }

  validation {
    condition     = alltrue([for file in var.files : can(regex("^[0-7]{3,4}$", file.mode))])
    error_message = "Every file's mode must be three or four octal digits in quotes, such as \"0644\"."
  }

  validation {
    condition     = alltrue([for file in var.files : can(regex("^[a-z_][a-z0-9_-]{0,30}$", file.user)) && can(regex("^[a-z_][a-z0-9_-]{0,30}$", file.group))])
    error_message = "Every file's user and group must be a name: 1 to 31 lower-case letters, digits, hyphens and underscores."
  }
}

variable "directories" {
  description = "Directories to make, those that files need besides: with a mode or an owner of their own. mode: octal, as chmod takes it."
  type = list(object({
    path  = string
    mode  = optional(string, "0755")
    user  = optional(string, "root")
    group = optional(string, "root")
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for directory in var.directories : can(regex("^(/[^/[:cntrl:]]+)+$", directory.path)) && !can(regex("/\\.\\.?(/|$)", directory.path)) && length(directory.path) <= 4095])
    error_message = "Every directory's path must be absolute and normalised: no //, no . or .., no slash at its end, no control characters."
  }

  validation {
    condition     = alltrue([for directory in var.directories : startswith(directory.path, "/usr/local/") || !can(regex("^/(usr|proc|sys|dev|run)(/|$)", directory.path))])
    error_message = "No directory can be made below /usr, which is read-only on an atomic host (/usr/local is not), nor below /proc, /sys, /dev and /run."
  }

  validation {
    condition     = alltrue([for directory in var.directories : can(regex("^[0-7]{3,4}$", directory.mode))])
    error_message = "Every directory's mode must be three or four octal digits in quotes, such as \"0755\"."
  }

  validation {
    condition     = alltrue([for directory in var.directories : can(regex("^[a-z_][a-z0-9_-]{0,30}$", directory.user)) && can(regex("^[a-z_][a-z0-9_-]{0,30}$", directory.group))])
    error_message = "Every directory's user and group must be a name: 1 to 31 lower-case letters, digits, hyphens and underscores."
  }
}

variable "links" {
  description = "Links to make, in place of what is there. target: what they lead to; hard: a hard link to a file instead of a symbolic one."
  type = list(object({
    path   = string
    target = string
    hard   = optional(bool, false)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for link in var.links : can(regex("^(/[^/[:cntrl:]]+)+$", link.path)) && !can(regex("/\\.\\.?(/|$)", link.path)) && length(link.path) <= 4095])
    error_message = "Every link's path must be absolute and normalised: no //, no . or .., no slash at its end, no control characters."
  }

  validation {
    condition     = alltrue([for link in var.links : startswith(link.path, "/usr/local/") || !can(regex("^/(usr|proc|sys|dev|run)(/|$)", link.path))])
    error_message = "No link can be made below /usr, which is read-only on an atomic host (/usr/local is not), nor below /proc, /sys, /dev and /run."
  }

  validation {
    condition     = alltrue([for link in var.links : can(regex("^[^[:cntrl:]]{1,1000}$", link.target)) && length(link.target) <= 4095])
    error_message = "Every link's target must be a path of 1 to 1000 characters, without control characters."
  }

  validation {
    condition     = alltrue([for link in var.links : !link.hard || startswith(link.target, "/")])
    error_message = "A hard link's target must be an absolute path."
  }
}

variable "units" {
  description = "systemd units: contents of a new one, dropins for one that is there, enabled or masked at the first boot. enabled = null leaves it as the image has it."
  type = list(object({
    name     = string
    contents = optional(string)
    enabled  = optional(bool)
    masked   = optional(bool, false)
    dropins  = optional(list(object({ name = string, contents = string })), [])
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for unit in var.units : can(regex("^[A-Za-z0-9:_.\\\\@-]{1,240}\\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$", unit.name))])
    error_message = "Every unit's name must be that of a systemd unit with its type, such as web.service: letters, digits and : _ . \\ @ -."
  }

  validation {
    condition     = length(distinct([for unit in var.units : unit.name])) == length(var.units)
    error_message = "No two units can have the same name: give one entry everything that is said of it."
  }

  validation {
    condition     = alltrue([for unit in var.units : unit.contents == null ? true : can(regex("(?m)^\\[[A-Za-z][A-Za-z0-9-]*\\]$", unit.contents))])
    error_message = "Every unit's contents must have a section, such as [Service] on a line of its own."
  }

  validation {
    condition     = alltrue([for unit in var.units : unit.contents == null || unit.enabled != true ? true : can(regex("(?m)^\\[Install\\]$", unit.contents))])
    error_message = "A unit that is enabled needs an [Install] section in its contents, or it would never start."
  }

  validation {
    condition     = alltrue([for unit in var.units : !unit.masked || (unit.enabled == null && unit.contents == null && length(unit.dropins) == 0)])
    error_message = "A masked unit can have neither contents nor dropins nor enabled."
  }

  validation {
    condition     = alltrue([for unit in var.units : unit.masked || unit.enabled != null || unit.contents != null || length(unit.dropins) > 0])
    error_message = "Every unit needs something to be done: contents, dropins, enabled or masked."
  }

  validation {
    condition     = alltrue(flatten([for unit in var.units : [for dropin in unit.dropins : can(regex("^[A-Za-z0-9_.@-]{1,240}\\.conf$", dropin.name)) && can(regex("(?m)^\\[[A-Za-z][A-Za-z0-9-]*\\]$", dropin.contents))]]))
    error_message = "Every drop-in's name must end in .conf, and its contents must have a section, such as [Service] on a line of its own."
  }

  validation {
    condition     = alltrue([for unit in var.units : length(distinct([for dropin in unit.dropins : dropin.name])) == length(unit.dropins)])
    error_message = "No two drop-ins of a unit can have the same name."
  }
}

variable "kernel_arguments" {
  description = "Kernel arguments that must stand there, and such that must not. Ignition alone can do so, by one more reboot."
  type = object({
    should_exist     = optional(list(string), [])
    should_not_exist = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for argument in concat(var.kernel_arguments.should_exist, var.kernel_arguments.should_not_exist) : can(regex("^[!-~]{1,1000}$", argument))])
    error_message = "Every kernel argument must be printable ASCII without spaces: one argument each."
  }

  validation {
    condition     = length(distinct(concat(var.kernel_arguments.should_exist, var.kernel_arguments.should_not_exist))) == length(concat(var.kernel_arguments.should_exist, var.kernel_arguments.should_not_exist))
    error_message = "No kernel argument can be named twice."
  }
}
