# Every input that cannot work is refused while planning: users, groups, host keys. The keys are made up.

run "user_in_capitals" {
  command = plan
  variables {
    users = [{ name = "Core" }]
  }
  expect_failures = [var.users]
}

run "user_with_a_newline" {
  command = plan
  variables {
    users = [{ name = "core\nroot" }]
  }
  expect_failures = [var.users]
}

run "user_twice" {
  command = plan
  variables {
    users = [{ name = "core" }, { name = "core" }]
  }
  expect_failures = [var.users]
}

run "user_with_a_private_key" {
  command = plan
  variables {
    users = [{ name = "core", ssh_authorized_keys = ["-----BEGIN OPENSSH PRIVATE KEY-----"] }]
  }
  expect_failures = [var.users]
}

run "user_with_two_keys_in_one" {
  command = plan
  variables {
    users = [{ name = "core", ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y"] }]
  }
  expect_failures = [var.users]
}

run "user_with_a_group_twice" {
  command = plan
  variables {
    users = [{ name = "core", groups = ["wheel", "wheel"] }]
  }
  expect_failures = [var.users]
}

run "user_in_a_group_with_a_comma" {
  command = plan
  variables {
    users = [{ name = "core", groups = ["wheel,sudo"] }]
  }
  expect_failures = [var.users]
}

run "user_in_an_unknown_group" {
  command = plan
  variables {
    users = [{ name = "core", groups = ["web"] }]
  }
  expect_failures = [output.size]
}

run "user_with_the_uid_of_root" {
  command = plan
  variables {
    users = [{ name = "web", uid = 0 }]
  }
  expect_failures = [var.users]
}

run "user_with_a_colon_in_the_comment" {
  command = plan
  variables {
    users = [{ name = "web", comment = "a:b" }]
  }
  expect_failures = [var.users]
}

run "user_with_a_relative_home" {
  command = plan
  variables {
    users = [{ name = "web", home = "home/web" }]
  }
  expect_failures = [var.users]
}

run "user_with_a_shell_of_two_words" {
  command = plan
  variables {
    users = [{ name = "web", shell = "/bin/sh -c" }]
  }
  expect_failures = [var.users]
}

run "password_in_clear" {
  command = plan
  variables {
    users           = [{ name = "core" }]
    password_hashes = { core = "correct horse" }
  }
  expect_failures = [var.password_hashes]
}

run "password_of_nobody" {
  command = plan
  variables {
    password_hashes = { web = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$made.up" }
  }
  expect_failures = [var.password_hashes]
}

run "group_in_capitals" {
  command = plan
  variables {
    groups = ["Web"]
  }
  expect_failures = [var.groups]
}

run "group_twice" {
  command = plan
  variables {
    groups = ["web", "web"]
  }
  expect_failures = [var.groups]
}

run "image_users_without_root" {
  command = plan
  variables {
    image_users = ["core"]
  }
  expect_failures = [var.image_users]
}

run "image_groups_without_root" {
  command = plan
  variables {
    image_groups = ["wheel"]
  }
  expect_failures = [var.image_groups]
}

run "host_key_of_an_unknown_type" {
  command = plan
  variables {
    host_keys = { dsa = { private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==\n-----END OPENSSH PRIVATE KEY-----\n", public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y" } }
  }
  expect_failures = [var.host_keys]
}

run "host_key_that_is_public_twice" {
  command = plan
  variables {
    host_keys = { ed25519 = { private = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y", public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y" } }
  }
  expect_failures = [var.host_keys]
}

run "host_key_with_a_passphrase" {
  command = plan
  variables {
    host_keys = { ed25519 = { private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAG\n-----END OPENSSH PRIVATE KEY-----\n", public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y" } }
  }
  expect_failures = [var.host_keys]
}

run "host_key_with_a_passphrase_in_pem" {
  command = plan
  variables {
    host_keys = { rsa = { private = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", public = "ssh-rsa AAAAB3NzaC1yc2E=" } }
  }
  expect_failures = [var.host_keys]
}

run "host_key_of_another_type" {
  command = plan
  variables {
    host_keys = { ecdsa = { private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==\n-----END OPENSSH PRIVATE KEY-----\n", public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y" } }
  }
  expect_failures = [var.host_keys]
}

run "public_host_key_of_two_lines" {
  command = plan
  variables {
    host_keys = { ed25519 = { private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==\n-----END OPENSSH PRIVATE KEY-----\n", public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y" } }
  }
  expect_failures = [var.host_keys]
}

run "certificate_without_its_key" {
  command = plan
  variables {
    host_certificates = { ed25519 = "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5" }
  }
  expect_failures = [var.host_certificates]
}

run "certificate_of_another_type" {
  command = plan
  variables {
    host_keys         = { ecdsa = { private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==\n-----END OPENSSH PRIVATE KEY-----\n", public = "ecdsa-sha2-nistp256 AAAAE2VjZHNh" } }
    host_certificates = { ecdsa = "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5" }
  }
  expect_failures = [var.host_certificates]
}

run "certificate_that_is_a_key" {
  command = plan
  variables {
    host_keys         = { ed25519 = { private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==\n-----END OPENSSH PRIVATE KEY-----\n", public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y" } }
    host_certificates = { ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y" }
  }
  expect_failures = [var.host_certificates]
}
