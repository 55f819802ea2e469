# Every input that cannot work is refused while planning.

variables {
  name     = "site"
  pools    = { blue = { image = "fedora-coreos 42.20250705.3.0" } }
  machines = {}
}

run "name_with_a_space" {
  command = plan
  variables {
    name = "my site"
  }
  expect_failures = [var.name]
}

run "name_with_a_newline" {
  command = plan
  variables {
    name = "site\n"
  }
  expect_failures = [var.name]
}

run "cloud_of_two_words" {
  command = plan
  variables {
    cloud = "the edge"
  }
  expect_failures = [var.cloud]
}

run "pool_with_a_quote" {
  command = plan
  variables {
    pools = { blue = { image = "x" }, "'; rm -rf" = { image = "x" } }
  }
  expect_failures = [var.pools]
}

run "pool_image_of_two_lines" {
  command = plan
  variables {
    pools = { blue = { image = "a\nb" } }
  }
  expect_failures = [var.pools]
}

run "pool_size_broken" {
  command = plan
  variables {
    pools = { blue = { image = "x", size = 0.5 } }
  }
  expect_failures = [var.pools]
}

run "pool_zone_twice" {
  command = plan
  variables {
    pools = { blue = { image = "x", zones = ["a", "a"] } }
  }
  expect_failures = [var.pools]
}

run "machine_named_all" {
  command = plan
  variables {
    machines = { all = { address = "192.0.2.1", pool = "blue" } }
  }
  expect_failures = [var.machines]
}

run "machine_name_with_a_slash" {
  command = plan
  variables {
    machines = { "a/b" = { address = "192.0.2.1", pool = "blue" } }
  }
  expect_failures = [var.machines]
}

run "machine_address_in_brackets" {
  command = plan
  variables {
    machines = { a = { address = "[2001:db8::1]", pool = "blue" } }
  }
  expect_failures = [var.machines]
}

run "machine_address_an_option" {
  command = plan
  variables {
    machines = { a = { address = "-oProxyCommand=x", pool = "blue" } }
  }
  expect_failures = [var.machines]
}

run "machines_of_one_address" {
  command = plan
  variables {
    machines = { a = { address = "192.0.2.1", pool = "blue" }, b = { address = "192.0.2.1", pool = "blue" } }
  }
  expect_failures = [var.machines]
}

run "machine_user_an_option" {
  command = plan
  variables {
    machines = { a = { address = "192.0.2.1", pool = "blue", user = "-l" } }
  }
  expect_failures = [var.machines]
}

run "machine_port_none" {
  command = plan
  variables {
    machines = { a = { address = "192.0.2.1", pool = "blue", port = 0 } }
  }
  expect_failures = [var.machines]
}

run "machine_port_broken" {
  command = plan
  variables {
    machines = { a = { address = "192.0.2.1", pool = "blue", port = 22.5 } }
  }
  expect_failures = [var.machines]
}

run "machine_of_no_pool" {
  command = plan
  variables {
    machines = { a = { address = "192.0.2.1", pool = "green" } }
  }
  expect_failures = [var.machines]
}

run "machine_zone_with_a_space" {
  command = plan
  variables {
    machines = { a = { address = "192.0.2.1", pool = "blue", zone = "rack 1" } }
  }
  expect_failures = [var.machines]
}

run "machine_id_empty" {
  command = plan
  variables {
    machines = { a = { address = "192.0.2.1", pool = "blue", id = "" } }
  }
  expect_failures = [var.machines]
}

run "machine_image_of_two_lines" {
  command = plan
  variables {
    machines = { a = { address = "192.0.2.1", pool = "blue", image = "a\nb" } }
  }
  expect_failures = [var.machines]
}

run "machine_key_of_two_lines" {
  command = plan
  variables {
    machines = { a = { address = "192.0.2.1", pool = "blue", host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y"] } }
  }
  expect_failures = [var.machines]
}

run "machine_authority_a_fingerprint" {
  command = plan
  variables {
    machines = { a = { address = "192.0.2.1", pool = "blue", host_key_authority = "SHA256:abc" } }
  }
  expect_failures = [var.machines]
}

run "jump_of_nine" {
  command = plan
  variables {
    jump = [for number in range(9) : { address = "192.0.2.${number + 10}" }]
  }
  expect_failures = [var.jump]
}

run "jump_address_with_a_port" {
  command = plan
  variables {
    jump = [{ address = "jump.example.org:22 -v" }]
  }
  expect_failures = [var.jump]
}

run "jump_user_empty" {
  command = plan
  variables {
    jump = [{ address = "192.0.2.9", user = "" }]
  }
  expect_failures = [var.jump]
}

run "jump_port_too_high" {
  command = plan
  variables {
    jump = [{ address = "192.0.2.9", port = 65536 }]
  }
  expect_failures = [var.jump]
}

run "jump_key_private" {
  command = plan
  variables {
    jump = [{ address = "192.0.2.9", host_keys = ["-----BEGIN OPENSSH PRIVATE KEY-----"] }]
  }
  expect_failures = [var.jump]
}

run "balancer_with_a_space" {
  command = plan
  variables {
    balancers = { "web 1" = { port = 80, pools = {} } }
  }
  expect_failures = [var.balancers]
}

run "balancer_port_none" {
  command = plan
  variables {
    balancers = { web = { port = 0, pools = {} } }
  }
  expect_failures = [var.balancers]
}

run "balancer_address_a_url" {
  command = plan
  variables {
    balancers = { web = { port = 80, address = "http://192.0.2.8/", pools = {} } }
  }
  expect_failures = [var.balancers]
}

run "balancer_of_an_unknown_pool" {
  command = plan
  variables {
    balancers = { web = { port = 80, pools = { green = {} } } }
  }
  expect_failures = [var.balancers]
}

run "balancer_share_negative" {
  command = plan
  variables {
    balancers = { web = { port = 80, pools = { blue = { share = -1 } } } }
  }
  expect_failures = [var.balancers]
}
