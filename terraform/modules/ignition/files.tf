# The files that the inputs stand for, the same in both documents unless said otherwise.

locals {
  host_key_types = nonsensitive(keys(var.host_keys))

  zincati_lines = var.zincati == null ? [] : concat(
    ["[updates]"],
    var.zincati.enabled ? ["strategy = ${jsonencode(var.zincati.strategy)}"] : ["enabled = false"],
    length(var.zincati.windows) > 0 && var.zincati.time_zone != null ? ["", "[updates.periodic]", "time_zone = ${jsonencode(var.zincati.time_zone)}"] : [],
    flatten([for window in var.zincati.windows : [
      "",
      "[[updates.periodic.window]]",
      "days = ${jsonencode(window.days)}",
      "start_time = ${jsonencode(window.start_time)}",
      "length_minutes = ${window.length_minutes}",
    ]]),
    var.zincati.base_url == null ? [] : ["", "[updates.fleet_lock]", "base_url = ${jsonencode(var.zincati.base_url)}"],
  )

  remote_files = flatten([for remote in var.ostree_remotes : concat(
    [{
      path = "/etc/ostree/remotes.d/${remote.name}.conf"
      contents = join("", concat(
        ["[remote \"${remote.name}\"]\n", "url=${remote.url}\n", "gpg-verify=${remote.gpg_verify}\n"],
        length(remote.gpg_keys) == 0 ? [] : ["gpgkeypath=${join(";", [for number in range(1, length(remote.gpg_keys) + 1) : "/etc/pki/ostree/${remote.name}-${number}.asc"])}\n"],
      ))
    }],
    [for index, key in remote.gpg_keys : { path = "/etc/pki/ostree/${remote.name}-${index + 1}.asc", contents = "${trimspace(key)}\n" }],
  )])

  # a path for each scope: + and = stand in no scope
  scopes = var.signature_policy == null ? {} : { for scope, registry in var.signature_policy.registries : scope => {
    type  = registry.type
    keys  = [for key in registry.keys : "${trimspace(key)}\n"]
    paths = [for number in range(1, length(registry.keys) + 1) : "/etc/pki/containers/${replace(replace(scope, "/", "+"), ":", "=")}-${number}.pub"]
  } }
  signed_scopes = [for scope, registry in local.scopes : scope if registry.type == "sigstoreSigned"]
  policy_files = var.signature_policy == null ? [] : concat(
    [{
      path = "/etc/containers/policy.json"
      contents = "${jsonencode({
        default = [{ type = var.signature_policy.default }]
        transports = { for transport, policy in {
          docker = { for scope, registry in local.scopes : scope => [{ for name, value in {
            type     = registry.type
            keyPath  = length(registry.paths) == 1 ? registry.paths[0] : null
            keyPaths = length(registry.paths) > 1 ? registry.paths : null
          } : name => value if value != null }] }
        } : transport => policy if length(policy) > 0 }
      })}\n"
    }],
    flatten([for registry in local.scopes : [for index, key in registry.keys : { path = registry.paths[index], contents = key }]]),
    length(local.signed_scopes) == 0 ? [] : [{
      path     = "/etc/containers/registries.d/atomic-fleet.yaml"
      contents = "${jsonencode({ docker = { for scope in local.signed_scopes : scope => { use-sigstore-attachments = true } } })}\n"
    }],
  )

  # for both documents: cloud-init makes sshd present one certificate by itself, the drop-in names all
  common_files = concat(
    length(var.host_certificates) == 0 ? [] : [{
      path     = "/etc/ssh/sshd_config.d/40-host-certificates.conf"
      contents = join("", [for type in keys(var.host_certificates) : "HostCertificate /etc/ssh/ssh_host_${type}_key-cert.pub\n"])
    }],
    var.zincati == null ? [] : [{ path = "/etc/zincati/config.d/55-updates-strategy.toml", contents = "${join("\n", local.zincati_lines)}\n" }],
    local.remote_files,
    local.policy_files,
  )

  # what cloud-init has words of its own for
  host_key_files = flatten([for type in local.host_key_types : concat(
    [
      { path = "/etc/ssh/ssh_host_${type}_key", mode = "0600", contents = "${trimspace(var.host_keys[type].private)}\n" },
      { path = "/etc/ssh/ssh_host_${type}_key.pub", mode = "0644", contents = "${trimspace(var.host_keys[type].public)}\n" },
    ],
    [for certificate in [lookup(var.host_certificates, type, "")] :
      { path = "/etc/ssh/ssh_host_${type}_key-cert.pub", mode = "0644", contents = "${trimspace(certificate)}\n" } if certificate != ""
    ],
  )])
  own_files = concat(
    var.hostname == null ? [] : [{ path = "/etc/hostname", mode = "0644", contents = "${var.hostname}\n" }],
    local.host_key_files,
    [for user in var.users : { path = "/etc/sudoers.d/60-${user.name}", mode = "0440", contents = "${user.name} ALL=(ALL) NOPASSWD: ALL\n" } if user.sudo],
  )

  generated = [for file in concat([for file in local.common_files : merge(file, { mode = "0644" })], local.own_files) :
    merge(file, { contents_base64 = null, user = "root", group = "root", overwrite = true, own = contains(local.own_paths, file.path) })
  ]
  own_paths = [for file in local.own_files : file.path]

  # text: the bytes as text, where Terraform can have them so; packed or not, base64 carries them
  files = [for file in concat([for file in var.files : merge(file, { own = false })], local.generated) : merge(file, {
    gzip   = var.compress && file.contents != null
    base64 = file.contents == null ? file.contents_base64 : var.compress ? base64gzip(file.contents) : base64encode(file.contents)
    plain  = !var.compress && file.contents != null && can(regex("^[\\t\\n -~]*$", coalesce(file.contents, " ")))
  })]
}
