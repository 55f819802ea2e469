# Every input that cannot work is refused while planning.

variables {
  name   = "all"
  fleets = {}
}

run "name_with_a_space" {
  command = plan
  variables {
    name = "a b"
  }
  expect_failures = [var.name]
}

run "fleets_no_map" {
  command = plan
  variables {
    fleets = "x"
  }
  expect_failures = [var.fleets]
}

run "label_with_a_hyphen" {
  command = plan
  variables {
    fleets = { a-b = { schema = "atomic.fleet/fleet/v1", name = "x", hosts = [{ name = "x", address = "192.0.2.1", user = "core", port = 22, jump = [], host_keys = [], cloud = "x", pool = "blue", zone = "z", image = "i", id = "x", labels = { lblue = "1" } }], pools = { blue = { image = "i", size = 1, zones = ["z"] } }, traffic = [] } }
  }
  expect_failures = [var.fleets]
}

run "label_with_a_quote" {
  command = plan
  variables {
    fleets = { "a'b" = { schema = "atomic.fleet/fleet/v1", name = "x", hosts = [{ name = "x", address = "192.0.2.1", user = "core", port = 22, jump = [], host_keys = [], cloud = "x", pool = "blue", zone = "z", image = "i", id = "x", labels = { lblue = "1" } }], pools = { blue = { image = "i", size = 1, zones = ["z"] } }, traffic = [] } }
  }
  expect_failures = [var.fleets]
}

run "not_a_contract" {
  command = plan
  variables {
    fleets = { a = { hosts = [] } }
  }
  expect_failures = [var.fleets]
}

run "another_contract" {
  command = plan
  variables {
    fleets = { a = { schema = "atomic.fleet/fleet/v2", name = "x", hosts = [{ name = "x", address = "192.0.2.1", user = "core", port = 22, jump = [], host_keys = [], cloud = "x", pool = "blue", zone = "z", image = "i", id = "x", labels = { lblue = "1" } }], pools = { blue = { image = "i", size = 1, zones = ["z"] } }, traffic = [] } }
  }
  expect_failures = [var.fleets]
}

run "a_contract_without_pools" {
  command = plan
  variables {
    fleets = { a = { schema = "atomic.fleet/fleet/v1", hosts = [], traffic = [] } }
  }
  expect_failures = [var.fleets]
}

run "a_pool_whose_name_grows_too_long" {
  command = plan
  variables {
    fleets = { a = { schema = "atomic.fleet/fleet/v1", name = "x", hosts = [], pools = { pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp = { image = "i", size = 0, zones = [] } }, traffic = [] } }
  }
  expect_failures = [var.fleets]
}

run "a_host_twice" {
  command = plan
  variables {
    fleets = { a = { schema = "atomic.fleet/fleet/v1", name = "x", hosts = [{ name = "x", address = "192.0.2.1", user = "core", port = 22, jump = [], host_keys = [], cloud = "x", pool = "blue", zone = "z", image = "i", id = "x", labels = { lblue = "1" } }], pools = { blue = { image = "i", size = 1, zones = ["z"] } }, traffic = [] }, b = { schema = "atomic.fleet/fleet/v1", name = "x", hosts = [{ name = "x", address = "192.0.2.2", user = "core", port = 22, jump = [], host_keys = [], cloud = "x", pool = "blue", zone = "z", image = "i", id = "x", labels = { lblue = "1" } }], pools = { blue = { image = "i", size = 1, zones = ["z"] } }, traffic = [] } }
  }
  expect_failures = [output.fleet]
}

run "an_address_twice" {
  command = plan
  variables {
    fleets = { a = { schema = "atomic.fleet/fleet/v1", name = "x", hosts = [{ name = "x", address = "192.0.2.1", user = "core", port = 22, jump = [], host_keys = [], cloud = "x", pool = "blue", zone = "z", image = "i", id = "x", labels = { lblue = "1" } }], pools = { blue = { image = "i", size = 1, zones = ["z"] } }, traffic = [] }, b = { schema = "atomic.fleet/fleet/v1", name = "x", hosts = [{ name = "y", address = "192.0.2.1", user = "core", port = 22, jump = [], host_keys = [], cloud = "x", pool = "blue", zone = "z", image = "i", id = "y", labels = { lblue = "1" } }], pools = { blue = { image = "i", size = 1, zones = ["z"] } }, traffic = [] } }
  }
  expect_failures = [output.fleet]
}
