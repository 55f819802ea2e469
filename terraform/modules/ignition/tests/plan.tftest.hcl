# What the outputs are; what stands in the documents is looked at by tests/terraform/first_boot.

run "nothing" {
  command = plan

  assert {
    condition     = output.ignition == "{\"ignition\":{\"version\":\"3.4.0\"}}" && output.cloud_init == "#cloud-config\n{}\n"
    error_message = "documents that ask for nothing"
  }
  assert {
    condition     = output.size == { ignition = 32, cloud_init = 17 } && length(output.public_host_keys) == 0
    error_message = "their sizes, in bytes"
  }
  assert {
    condition     = issensitive(output.ignition) && issensitive(output.cloud_init) && !issensitive(output.size)
    error_message = "documents hold secrets, sizes do not"
  }
}

run "one_format" {
  command = plan
  variables {
    formats = ["cloud_init"]
  }
  assert {
    condition     = output.ignition == null && output.cloud_init != null && output.size == { cloud_init = 17 }
    error_message = "what was not asked for is null"
  }
}

run "just_within_the_limit" {
  command = plan
  variables {
    formats = ["ignition"]
    limit   = 32
  }
  assert {
    condition     = output.size.ignition == 32
    error_message = "a limit allows what it says"
  }
}

run "just_above_the_limit" {
  command = plan
  variables {
    formats = ["ignition"]
    limit   = 31
  }
  expect_failures = [output.ignition]
}

run "size_in_bytes" {
  command = plan
  variables {
    formats = ["cloud_init"]
    users   = [{ name = "core", comment = "é漢😀" }]
  }
  assert {
    condition     = output.size.cloud_init == 81 && length(nonsensitive(output.cloud_init)) == 75
    error_message = "bytes are counted, not characters"
  }
}

run "host_keys" {
  command = plan
  variables {
    host_keys = { ed25519 = { # a key of nobody
      private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==\n-----END OPENSSH PRIVATE KEY-----\n"
      public  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y demo\n"
    } }
  }
  assert {
    condition     = output.public_host_keys == ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y demo"] && !issensitive(output.public_host_keys)
    error_message = "public keys are public, and without a newline"
  }
}

run "ignition_alone_says_more" {
  command = plan
  variables {
    formats          = ["ignition"]
    kernel_arguments = { should_exist = ["mitigations=auto"] }
    files            = [{ path = "/etc/motd", contents = "", overwrite = false }]
  }
  assert {
    condition     = jsondecode(output.ignition).kernelArguments == { shouldExist = ["mitigations=auto"] } && !jsondecode(output.ignition).storage.files[0].overwrite
    error_message = "kernel arguments, and files that must not be there"
  }
}
