# Every input that cannot work is refused while planning: units, kernel arguments.

run "unit_without_type" {
  command = plan
  variables {
    units = [{ name = "web", contents = "[Service]\n" }]
  }
  expect_failures = [var.units]
}

run "unit_with_a_slash" {
  command = plan
  variables {
    units = [{ name = "../web.service", contents = "[Service]\n" }]
  }
  expect_failures = [var.units]
}

run "unit_with_a_quote" {
  command = plan
  variables {
    units = [{ name = "we'b.service", contents = "[Service]\n" }]
  }
  expect_failures = [var.units]
}

run "unit_twice" {
  command = plan
  variables {
    units = [{ name = "web.service", enabled = true }, { name = "web.service", masked = true }]
  }
  expect_failures = [var.units]
}

run "unit_without_a_section" {
  command = plan
  variables {
    units = [{ name = "web.service", contents = "ExecStart=/bin/true\n" }]
  }
  expect_failures = [var.units]
}

run "unit_enabled_without_install" {
  command = plan
  variables {
    units = [{ name = "web.service", enabled = true, contents = "[Service]\n" }]
  }
  expect_failures = [var.units]
}

run "unit_masked_and_enabled" {
  command = plan
  variables {
    units = [{ name = "web.service", enabled = true, masked = true }]
  }
  expect_failures = [var.units]
}

run "unit_masked_with_contents" {
  command = plan
  variables {
    units = [{ name = "web.service", masked = true, contents = "[Service]\n" }]
  }
  expect_failures = [var.units]
}

run "unit_of_which_nothing_is_said" {
  command = plan
  variables {
    units = [{ name = "web.service" }]
  }
  expect_failures = [var.units]
}

run "drop_in_not_named_conf" {
  command = plan
  variables {
    units = [{ name = "web.service", dropins = [{ name = "a", contents = "[Service]\n" }] }]
  }
  expect_failures = [var.units]
}

run "drop_in_with_a_slash" {
  command = plan
  variables {
    units = [{ name = "web.service", dropins = [{ name = "../a.conf", contents = "[Service]\n" }] }]
  }
  expect_failures = [var.units]
}

run "drop_in_without_a_section" {
  command = plan
  variables {
    units = [{ name = "web.service", dropins = [{ name = "a.conf", contents = "" }] }]
  }
  expect_failures = [var.units]
}

run "drop_in_twice" {
  command = plan
  variables {
    units = [{ name = "web.service", dropins = [{ name = "a.conf", contents = "[Unit]\n" }, { name = "a.conf", contents = "[Unit]\n" }] }]
  }
  expect_failures = [var.units]
}

run "kernel_argument_with_a_space" {
  command = plan
  variables {
    formats          = ["ignition"]
    kernel_arguments = { should_exist = ["a b"] }
  }
  expect_failures = [var.kernel_arguments]
}

run "kernel_argument_empty" {
  command = plan
  variables {
    formats          = ["ignition"]
    kernel_arguments = { should_not_exist = [""] }
  }
  expect_failures = [var.kernel_arguments]
}

run "kernel_argument_wanted_and_not" {
  command = plan
  variables {
    formats          = ["ignition"]
    kernel_arguments = { should_exist = ["quiet"], should_not_exist = ["quiet"] }
  }
  expect_failures = [var.kernel_arguments]
}
