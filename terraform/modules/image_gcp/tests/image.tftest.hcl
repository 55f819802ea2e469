# Which image is asked for, and what is told of it.

mock_provider "google" {}

run "release" {
  command = plan
  variables {
    release = "44.20260707.3.1"
  }
  assert {
    condition     = output.name == "fedora-coreos-44-20260707-3-1-gcp-x86-64" && local.family == null
    error_message = "the name is the release's and the architecture's"
  }
  assert {
    condition     = output.id == "projects/fedora-coreos-cloud/global/images/fedora-coreos-44-20260707-3-1-gcp-x86-64"
    error_message = "the id is what a pool's image takes"
  }
  assert {
    condition     = output.release == "44.20260707.3.1"
    error_message = "the release is read off the image's name"
  }
}

run "release_for_arm" {
  command = plan
  variables {
    release      = "44.20260707.3.1"
    architecture = "aarch64"
  }
  assert {
    condition     = output.name == "fedora-coreos-44-20260707-3-1-gcp-aarch64"
    error_message = "the architecture is a part of the name"
  }
}

run "stream" {
  command = plan
  variables {
    stream = "testing"
  }
  override_data {
    target = data.google_compute_image.fedora_coreos
    values = { name = "fedora-coreos-44-20260721-2-0-gcp-x86-64" }
  }
  assert {
    condition     = data.google_compute_image.fedora_coreos.family == "fedora-coreos-testing" && data.google_compute_image.fedora_coreos.project == "fedora-coreos-cloud"
    error_message = "a stream is a family of the project"
  }
  assert {
    condition     = output.release == "44.20260721.2.0" && output.id == "projects/fedora-coreos-cloud/global/images/fedora-coreos-44-20260721-2-0-gcp-x86-64"
    error_message = "what was found is named exactly"
  }
}

run "stream_for_arm" {
  command = plan
  variables {
    stream       = "stable"
    architecture = "aarch64"
  }
  override_data {
    target = data.google_compute_image.fedora_coreos
    values = { name = "fedora-coreos-44-20260707-3-1-gcp-aarch64" }
  }
  assert {
    condition     = data.google_compute_image.fedora_coreos.family == "fedora-coreos-stable-arm64"
    error_message = "the families for arm are called arm64"
  }
}

run "stream_of_strangers" {
  command = plan
  variables {
    stream = "stable"
  }
  override_data {
    target = data.google_compute_image.fedora_coreos
    values = { name = "debian-13" }
  }
  expect_failures = [data.google_compute_image.fedora_coreos]
}

run "neither" {
  command         = plan
  expect_failures = [var.stream]
}

run "both" {
  command = plan
  variables {
    release = "44.20260707.3.1"
    stream  = "stable"
  }
  expect_failures = [var.stream]
}

run "release_with_a_quote" {
  command = plan
  variables {
    release = "44.20260707.3.1'"
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
    architecture = "x86-64"
  }
  expect_failures = [var.architecture]
}
