locals {
  # the third number of a release tells its stream
  stream_numbers = { next = 1, testing = 2, stable = 3 }
  release        = var.stream == null ? var.release : "*.*.${local.stream_numbers[var.stream]}.*"
}

data "aws_ami" "fedora_coreos" {
  owners      = ["125523088429"] # Fedora CoreOS
  most_recent = var.stream != null

  filter {
    name   = "name"
    values = ["fedora-coreos-${local.release}-${var.architecture}"]
  }

  filter {
    name   = "architecture"
    values = [{ x86_64 = "x86_64", aarch64 = "arm64" }[var.architecture]]
  }

  lifecycle {
    postcondition {
      condition     = can(regex("^fedora-coreos-[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+-${var.architecture}$", self.name))
      error_message = "The AMI ${self.id} is called ${self.name}, which is no release of Fedora CoreOS: name one by release."
    }
  }
}
