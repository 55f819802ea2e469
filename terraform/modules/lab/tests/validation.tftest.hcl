# Every input that cannot work is refused while planning.

variables {
  directory = "/nonexistent/lab"
  cache     = "/nonexistent/images"
}

run "name_with_a_hyphen" {
  command = plan
  variables {
    name = "my-lab"
  }
  expect_failures = [var.name]
}

run "name_too_long" {
  command = plan
  variables {
    name = "abcdefghijkl"
  }
  expect_failures = [var.name]
}

run "directory_relative" {
  command = plan
  variables {
    directory = "lab"
  }
  expect_failures = [var.directory]
}

run "directory_with_a_colon" {
  command = plan
  variables {
    directory = "/srv/a:b" # a colon would split a mount option
  }
  expect_failures = [var.directory]
}

run "directory_with_a_quote" {
  command = plan
  variables {
    directory = "/srv/it's"
  }
  expect_failures = [var.directory]
}

run "cache_relative" {
  command = plan
  variables {
    cache = "images"
  }
  expect_failures = [var.cache]
}

run "pool_name" {
  command = plan
  variables {
    pools = { "Blue Sky" = {} }
  }
  expect_failures = [var.pools]
}

run "pool_size_negative" {
  command = plan
  variables {
    pools = { blue = { size = -1 } }
  }
  expect_failures = [var.pools]
}

run "pool_size_broken" {
  command = plan
  variables {
    pools = { blue = { size = 1.5 } }
  }
  expect_failures = [var.pools]
}

run "pools_too_large" {
  command = plan
  variables {
    pools = { blue = { size = 150 }, green = { size = 51 } }
  }
  expect_failures = [var.pools]
}

run "pool_without_zones" {
  command = plan
  variables {
    pools = { blue = { zones = [] } }
  }
  expect_failures = [var.pools]
}

run "zone_with_a_quote" {
  command = plan
  variables {
    pools = { blue = { zones = ["a'b"] } }
  }
  expect_failures = [var.pools]
}

run "pool_release_unknown" {
  command = plan
  variables {
    pools = { blue = { release = "9.9" } }
  }
  expect_failures = [var.pools]
}

run "pool_weight_negative" {
  command = plan
  variables {
    pools = { blue = { weight = -1 } }
  }
  expect_failures = [var.pools]
}

run "pool_weight_broken" {
  command = plan
  variables {
    pools = { blue = { weight = 0.5 } }
  }
  expect_failures = [var.pools]
}

run "pool_weight_too_much" {
  command = plan
  variables {
    pools = { blue = { weight = 101 } }
  }
  expect_failures = [var.pools]
}

run "pool_weights_all_none" {
  command = plan
  variables {
    pools = { blue = { weight = 0 }, green = {} }
  }
  expect_failures = [var.pools]
}

run "release_unknown" {
  command = plan
  variables {
    release = "latest"
  }
  expect_failures = [var.release]
}

run "published_unknown" {
  command = plan
  variables {
    published = "2.1-unsigned"
  }
  expect_failures = [var.published]
}

run "variant_unknown" {
  command = plan
  variables {
    variant = "full"
  }
  expect_failures = [var.variant]
}

run "boot_delay_negative" {
  command = plan
  variables {
    boot_delay = -1
  }
  expect_failures = [var.boot_delay]
}

run "boot_attempts_none" {
  command = plan
  variables {
    boot_attempts = 0
  }
  expect_failures = [var.boot_attempts]
}

run "jump_host_unknown" {
  command = plan
  variables {
    jump_hosts = ["lab-blue-4"]
  }
  expect_failures = [terraform_data.lab]
}
