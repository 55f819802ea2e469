# What is asked of AWS, and what is refused.

mock_provider "aws" {
  mock_data "aws_ami" {
    defaults = {
      id   = "ami-0123456789abcdef0"
      name = "fedora-coreos-44.20260707.3.1-x86_64"
    }
  }
}

run "release" {
  command = plan
  variables {
    release = "44.20260707.3.1"
  }
  assert {
    condition     = output.id == "ami-0123456789abcdef0" && output.release == "44.20260707.3.1" && output.name == "fedora-coreos-44.20260707.3.1-x86_64"
    error_message = "id, release and name are the AMI's"
  }
  assert {
    condition     = one([for filter in data.aws_ami.fedora_coreos.filter : one(filter.values) if filter.name == "name"]) == "fedora-coreos-44.20260707.3.1-x86_64" && !data.aws_ami.fedora_coreos.most_recent
    error_message = "exactly this release is asked for"
  }
  assert {
    condition     = join(" ", data.aws_ami.fedora_coreos.owners) == "125523088429"
    error_message = "only Fedora's own account is asked"
  }
}

run "stream" {
  command = plan
  variables {
    stream = "testing"
  }
  assert {
    condition     = one([for filter in data.aws_ami.fedora_coreos.filter : one(filter.values) if filter.name == "name"]) == "fedora-coreos-*.*.2.*-x86_64" && data.aws_ami.fedora_coreos.most_recent
    error_message = "the newest release of the stream is asked for"
  }
}

run "arm" {
  command = plan
  variables {
    release      = "44.20260707.3.1"
    architecture = "aarch64"
  }
  override_data {
    target = data.aws_ami.fedora_coreos
    values = { id = "ami-0123456789abcdef1", name = "fedora-coreos-44.20260707.3.1-aarch64" }
  }
  assert {
    condition     = toset([for filter in data.aws_ami.fedora_coreos.filter : one(filter.values)]) == toset(["fedora-coreos-44.20260707.3.1-aarch64", "arm64"])
    error_message = "EC2 calls aarch64 arm64"
  }
}

run "something_else" {
  command = plan
  variables {
    stream = "stable"
  }
  override_data {
    target = data.aws_ami.fedora_coreos
    values = { id = "ami-0123456789abcdef2", name = "fedora-coreos-44.20260707.3.1-dev-x86_64" }
  }
  expect_failures = [data.aws_ami.fedora_coreos]
}

run "neither" {
  command         = plan
  expect_failures = [var.release]
}

run "both" {
  command = plan
  variables {
    release = "44.20260707.3.1"
    stream  = "stable"
  }
  expect_failures = [var.release]
}

run "release_with_a_star" {
  command = plan
  variables {
    release = "44.*"
  }
  expect_failures = [var.release]
}

run "stream_unknown" {
  command = plan
  variables {
    stream = "rawhide"
  }
  expect_failures = [var.stream]
}

run "architecture_unknown" {
  command = plan
  variables {
    release      = "44.20260707.3.1"
    architecture = "arm64"
  }
  expect_failures = [var.architecture]
}
