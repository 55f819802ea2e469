# Every input that cannot work is refused while planning: Zincati, remotes, the signature policy.

run "zincati_without_strategy" {
  command = plan
  variables {
    zincati = {}
  }
  expect_failures = [var.zincati]
}

run "zincati_strategy_unknown" {
  command = plan
  variables {
    zincati = { strategy = "never" }
  }
  expect_failures = [var.zincati]
}

run "zincati_off_with_a_strategy" {
  command = plan
  variables {
    zincati = { enabled = false, strategy = "immediate" }
  }
  expect_failures = [var.zincati]
}

run "zincati_periodic_without_windows" {
  command = plan
  variables {
    zincati = { strategy = "periodic" }
  }
  expect_failures = [var.zincati]
}

run "zincati_immediate_with_windows" {
  command = plan
  variables {
    zincati = { strategy = "immediate", windows = [{ days = ["Mon"], start_time = "22:30", length_minutes = 60 }] }
  }
  expect_failures = [var.zincati]
}

run "zincati_day_unknown" {
  command = plan
  variables {
    zincati = { strategy = "periodic", windows = [{ days = ["Someday"], start_time = "22:30", length_minutes = 60 }] }
  }
  expect_failures = [var.zincati]
}

run "zincati_window_without_days" {
  command = plan
  variables {
    zincati = { strategy = "periodic", windows = [{ days = [], start_time = "22:30", length_minutes = 60 }] }
  }
  expect_failures = [var.zincati]
}

run "zincati_day_with_a_quote" {
  command = plan
  variables {
    zincati = { strategy = "periodic", windows = [{ days = ["Mon\""], start_time = "22:30", length_minutes = 60 }] }
  }
  expect_failures = [var.zincati]
}

run "zincati_time_of_no_day" {
  command = plan
  variables {
    zincati = { strategy = "periodic", windows = [{ days = ["Mon"], start_time = "24:00", length_minutes = 60 }] }
  }
  expect_failures = [var.zincati]
}

run "zincati_window_longer_than_a_week" {
  command = plan
  variables {
    zincati = { strategy = "periodic", windows = [{ days = ["Mon"], start_time = "22:30", length_minutes = 10081 }] }
  }
  expect_failures = [var.zincati]
}

run "zincati_time_zone_with_a_quote" {
  command = plan
  variables {
    zincati = { strategy = "periodic", windows = [{ days = ["Mon"], start_time = "22:30", length_minutes = 60 }], time_zone = "Europe/\"Berlin" }
  }
  expect_failures = [var.zincati]
}

run "zincati_time_zone_without_windows" {
  command = plan
  variables {
    zincati = { strategy = "immediate", time_zone = "UTC" }
  }
  expect_failures = [var.zincati]
}

run "zincati_lock_without_address" {
  command = plan
  variables {
    zincati = { strategy = "fleet_lock" }
  }
  expect_failures = [var.zincati]
}

run "zincati_lock_address_with_a_newline" {
  command = plan
  variables {
    zincati = { strategy = "fleet_lock", base_url = "http://lock.example.org/\n[updates]" }
  }
  expect_failures = [var.zincati]
}

run "zincati_address_without_lock" {
  command = plan
  variables {
    zincati = { strategy = "immediate", base_url = "http://lock.example.org/" }
  }
  expect_failures = [var.zincati]
}

run "remote_with_a_bracket" {
  command = plan
  variables {
    ostree_remotes = [{ name = "a\"]", url = "https://example.org/repo" }]
  }
  expect_failures = [var.ostree_remotes]
}

run "remote_twice" {
  command = plan
  variables {
    ostree_remotes = [{ name = "a", url = "https://example.org/a" }, { name = "a", url = "https://example.org/b" }]
  }
  expect_failures = [var.ostree_remotes]
}

run "remote_url_with_a_newline" {
  command = plan
  variables {
    ostree_remotes = [{ name = "a", url = "https://example.org/repo\ngpg-verify=false" }]
  }
  expect_failures = [var.ostree_remotes]
}

run "remote_url_over_ftp" {
  command = plan
  variables {
    ostree_remotes = [{ name = "a", url = "ftp://example.org/repo" }]
  }
  expect_failures = [var.ostree_remotes]
}

run "remote_url_with_a_backslash" {
  command = plan
  variables {
    ostree_remotes = [{ name = "a", url = "https://example.org/\\n" }]
  }
  expect_failures = [var.ostree_remotes]
}

run "remote_keys_not_looked_at" {
  command = plan
  variables {
    ostree_remotes = [{ name = "a", url = "https://example.org/repo", gpg_verify = false, gpg_keys = ["-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n-----END PGP PUBLIC KEY BLOCK-----"] }]
  }
  expect_failures = [var.ostree_remotes]
}

run "remote_key_private" {
  command = plan
  variables {
    ostree_remotes = [{ name = "a", url = "https://example.org/repo", gpg_keys = ["-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nmDME\n-----END PGP PRIVATE KEY BLOCK-----"] }]
  }
  expect_failures = [var.ostree_remotes]
}

run "policy_default_unknown" {
  command = plan
  variables {
    signature_policy = { default = "accept" }
  }
  expect_failures = [var.signature_policy]
}

run "policy_scope_with_a_tag" {
  command = plan
  variables {
    signature_policy = { registries = { "quay.io/a/b:latest" = { keys = ["-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"] } } }
  }
  expect_failures = [var.signature_policy]
}

run "policy_scope_with_a_wildcard" {
  command = plan
  variables {
    signature_policy = { registries = { "*.example.org" = { keys = ["-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"] } } }
  }
  expect_failures = [var.signature_policy]
}

run "policy_type_unknown" {
  command = plan
  variables {
    signature_policy = { registries = { "quay.io" = { type = "signedBy" } } }
  }
  expect_failures = [var.signature_policy]
}

run "policy_without_keys" {
  command = plan
  variables {
    signature_policy = { registries = { "quay.io" = {} } }
  }
  expect_failures = [var.signature_policy]
}

run "policy_keys_for_nothing" {
  command = plan
  variables {
    signature_policy = { registries = { "quay.io" = { type = "reject", keys = ["-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"] } } }
  }
  expect_failures = [var.signature_policy]
}

run "policy_key_private" {
  command = plan
  variables {
    signature_policy = { registries = { "quay.io" = { keys = ["-----BEGIN EC PRIVATE KEY-----\nMFkw\n-----END EC PRIVATE KEY-----"] } } }
  }
  expect_failures = [var.signature_policy]
}
