# Every input that cannot work is refused while planning: formats, limits, files.

run "no_format" {
  command = plan
  variables {
    formats = []
  }
  expect_failures = [var.formats]
}

run "format_unknown" {
  command = plan
  variables {
    formats = ["butane"]
  }
  expect_failures = [var.formats]
}

run "cloud_init_with_kernel_arguments" {
  command = plan
  variables {
    kernel_arguments = { should_exist = ["quiet"] }
  }
  expect_failures = [var.formats]
}

run "cloud_init_that_must_not_overwrite" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents = "", overwrite = false }]
  }
  expect_failures = [var.formats]
}

run "limit_of_nothing" {
  command = plan
  variables {
    limit = 0
  }
  expect_failures = [var.limit]
}

run "limit_broken" {
  command = plan
  variables {
    limit = 1.5
  }
  expect_failures = [var.limit]
}

run "ignition_above_its_limit" {
  command = plan
  variables {
    formats = ["ignition"]
    limit   = 100
    files   = [{ path = "/etc/motd", contents = "more than there is room for" }]
  }
  expect_failures = [output.ignition]
}

run "cloud_init_above_its_limit" {
  command = plan
  variables {
    formats = ["cloud_init"]
    limit   = 100
    files   = [{ path = "/etc/motd", contents = "more than there is room for" }]
  }
  expect_failures = [output.cloud_init]
}

run "hostname_with_an_underscore" {
  command = plan
  variables {
    hostname = "demo_1"
  }
  expect_failures = [var.hostname]
}

run "hostname_with_a_newline" {
  command = plan
  variables {
    hostname = "demo\n"
  }
  expect_failures = [var.hostname]
}

run "hostname_too_long" {
  command = plan
  variables {
    hostname = join(".", [for number in range(11) : "abcdef"])
  }
  expect_failures = [var.hostname]
}

run "file_relative" {
  command = plan
  variables {
    files = [{ path = "etc/motd", contents = "" }]
  }
  expect_failures = [var.files]
}

run "file_unnormalised" {
  command = plan
  variables {
    files = [{ path = "/etc//motd", contents = "" }]
  }
  expect_failures = [var.files]
}

run "file_with_dots" {
  command = plan
  variables {
    files = [{ path = "/etc/../motd", contents = "" }]
  }
  expect_failures = [var.files]
}

run "file_ending_in_a_slash" {
  command = plan
  variables {
    files = [{ path = "/etc/motd/", contents = "" }]
  }
  expect_failures = [var.files]
}

run "file_with_a_newline" {
  command = plan
  variables {
    files = [{ path = "/etc/mo\ntd", contents = "" }]
  }
  expect_failures = [var.files]
}

run "file_below_usr" {
  command = plan
  variables {
    files = [{ path = "/usr/lib/motd", contents = "" }]
  }
  expect_failures = [var.files]
}

run "file_below_run" {
  command = plan
  variables {
    files = [{ path = "/run/motd", contents = "" }]
  }
  expect_failures = [var.files]
}

run "file_without_contents" {
  command = plan
  variables {
    files = [{ path = "/etc/motd" }]
  }
  expect_failures = [var.files]
}

run "file_with_both_contents" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents = "", contents_base64 = "" }]
  }
  expect_failures = [var.files]
}

run "file_in_broken_base64" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents_base64 = "YWJj=" }]
  }
  expect_failures = [var.files]
}

run "file_in_base64_of_two_lines" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents_base64 = "YWJj\nYWJj" }]
  }
  expect_failures = [var.files]
}

run "file_mode_not_octal" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents = "", mode = "0888" }]
  }
  expect_failures = [var.files]
}

run "file_mode_in_words" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents = "", mode = "u+rw" }]
  }
  expect_failures = [var.files]
}

run "file_user_with_a_colon" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents = "", user = "root:root" }]
  }
  expect_failures = [var.files]
}

run "file_group_with_a_space" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents = "", group = "a b" }]
  }
  expect_failures = [var.files]
}
