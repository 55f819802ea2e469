# Every input that cannot work is refused while planning: directories, links, what does not fit together.

run "directory_relative" {
  command = plan
  variables {
    directories = [{ path = "srv" }]
  }
  expect_failures = [var.directories]
}

run "directory_below_proc" {
  command = plan
  variables {
    directories = [{ path = "/proc/demo" }]
  }
  expect_failures = [var.directories]
}

run "directory_mode" {
  command = plan
  variables {
    directories = [{ path = "/srv/demo", mode = "7" }]
  }
  expect_failures = [var.directories]
}

run "directory_user" {
  command = plan
  variables {
    directories = [{ path = "/srv/demo", user = "Root" }]
  }
  expect_failures = [var.directories]
}

run "link_relative" {
  command = plan
  variables {
    links = [{ path = "l", target = "/etc/motd" }]
  }
  expect_failures = [var.links]
}

run "link_below_sys" {
  command = plan
  variables {
    links = [{ path = "/sys/l", target = "/etc/motd" }]
  }
  expect_failures = [var.links]
}

run "link_without_target" {
  command = plan
  variables {
    links = [{ path = "/etc/l", target = "" }]
  }
  expect_failures = [var.links]
}

run "hard_link_relative" {
  command = plan
  variables {
    links = [{ path = "/etc/l", target = "motd", hard = true }]
  }
  expect_failures = [var.links]
}

run "hard_link_to_a_directory" {
  command = plan
  variables {
    directories = [{ path = "/srv/demo" }]
    links       = [{ path = "/etc/l", target = "/srv/demo", hard = true }]
  }
  expect_failures = [output.size]
}

run "the_same_path_twice" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents = "" }, { path = "/etc/motd", contents = "" }]
  }
  expect_failures = [output.size]
}

run "a_file_and_a_link_on_one_path" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents = "" }]
    links = [{ path = "/etc/motd", target = "/etc/issue" }]
  }
  expect_failures = [output.size]
}

run "a_file_and_a_directory_on_one_path" {
  command = plan
  variables {
    files       = [{ path = "/srv/demo", contents = "" }]
    directories = [{ path = "/srv/demo" }]
  }
  expect_failures = [output.size]
}

run "a_file_where_a_unit_is_written" {
  command = plan
  variables {
    files = [{ path = "/etc/systemd/system/web.service", contents = "" }]
    units = [{ name = "web.service", contents = "[Service]\n" }]
  }
  expect_failures = [output.size]
}

run "a_file_where_a_drop_in_is_written" {
  command = plan
  variables {
    files = [{ path = "/etc/systemd/system/web.service.d/a.conf", contents = "" }]
    units = [{ name = "web.service", dropins = [{ name = "a.conf", contents = "[Service]\n" }] }]
  }
  expect_failures = [output.size]
}

run "a_file_that_an_input_writes" {
  command = plan
  variables {
    hostname = "demo"
    files    = [{ path = "/etc/hostname", contents = "other" }]
  }
  expect_failures = [output.size]
}

run "a_file_below_a_file" {
  command = plan
  variables {
    files = [{ path = "/etc/a", contents = "" }, { path = "/etc/a/b/c", contents = "" }]
  }
  expect_failures = [output.size]
}

run "a_directory_below_a_link" {
  command = plan
  variables {
    links       = [{ path = "/var/a", target = "/srv" }]
    directories = [{ path = "/var/a/b" }]
  }
  expect_failures = [output.size]
}

run "a_file_of_an_unknown_user" {
  command = plan
  variables {
    files = [{ path = "/etc/motd", contents = "", user = "web" }]
  }
  expect_failures = [output.size]
}

run "a_directory_of_an_unknown_group" {
  command = plan
  variables {
    directories = [{ path = "/srv/demo", group = "web" }]
  }
  expect_failures = [output.size]
}
