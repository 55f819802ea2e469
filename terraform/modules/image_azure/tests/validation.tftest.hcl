# Every input that cannot work is refused while planning.

mock_provider "azurerm" {}

variables {
  location             = "westeurope"
  resource_group_name  = "images"
  storage_account_name = "atomicimages"
  release              = "44.20260707.3.1"
  vhd                  = "tests/empty.vhd"
  sha256               = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
}

run "name_upper_case" {
  command = plan
  variables {
    name = "FCOS"
  }
  expect_failures = [var.name]
}

run "location_with_spaces" {
  command = plan
  variables {
    location = "West Europe"
  }
  expect_failures = [var.location]
}

run "resource_group_with_a_slash" {
  command = plan
  variables {
    resource_group_name = "a/b"
  }
  expect_failures = [var.resource_group_name]
}

run "storage_account_with_a_hyphen" {
  command = plan
  variables {
    storage_account_name = "atomic-images"
  }
  expect_failures = [var.storage_account_name]
}

run "release_latest" {
  command = plan
  variables {
    release = "latest"
  }
  expect_failures = [var.release]
}

run "release_of_three_numbers" {
  command = plan
  variables {
    release = "44.20260707.3"
  }
  expect_failures = [var.release]
}

run "vhd_that_is_not_there" {
  command = plan
  variables {
    vhd = "tests/none.vhd"
  }
  expect_failures = [var.vhd]
}

run "vhd_compressed" {
  command = plan
  variables {
    vhd = "tests/empty.vhd.xz"
  }
  expect_failures = [var.vhd]
}

run "sha256_short" {
  command = plan
  variables {
    sha256 = "abc"
  }
  expect_failures = [var.sha256]
}

run "sha256_of_another_file" {
  command = plan
  variables {
    sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  }
  expect_failures = [var.sha256]
}

run "architecture_unknown" {
  command = plan
  variables {
    architecture = "aarch64"
  }
  expect_failures = [var.architecture]
}

run "generation_unknown" {
  command = plan
  variables {
    hyper_v_generation = "V3"
  }
  expect_failures = [var.hyper_v_generation]
}

run "arm_of_generation_1" {
  command = plan
  variables {
    architecture       = "Arm64"
    hyper_v_generation = "V1"
  }
  expect_failures = [var.hyper_v_generation]
}

run "replicas_none" {
  command = plan
  variables {
    replicas = 0
  }
  expect_failures = [var.replicas]
}

run "label_name" {
  command = plan
  variables {
    labels = { "a b" = "x" }
  }
  expect_failures = [var.labels]
}
