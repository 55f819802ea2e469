# What is uploaded, and what is refused.

mock_provider "openstack" {}

variables {
  release = "43.20260105.3.0"
  file    = "fedora-coreos.qcow2"
}

run "file" {
  assert {
    condition     = openstack_images_image_v2.this.name == "fedora-coreos-43.20260105.3.0-x86_64" && openstack_images_image_v2.this.disk_format == "qcow2" && openstack_images_image_v2.this.container_format == "bare" && openstack_images_image_v2.this.visibility == "private"
    error_message = "an image named after what it holds, seen by its project alone"
  }
  assert {
    condition     = openstack_images_image_v2.this.local_file_path == "fedora-coreos.qcow2" && openstack_images_image_v2.this.image_source_url == null && openstack_images_image_v2.this.web_download == null
    error_message = "it is uploaded from here, and web_download left alone, which conflicts with a file"
  }
  assert {
    condition     = openstack_images_image_v2.this.properties == tomap({ architecture = "x86_64", os_distro = "fedora-coreos", os_type = "linux", os_version = "43.20260105.3.0" })
    error_message = "what it holds can be read off it"
  }
  assert {
    condition     = output.id == openstack_images_image_v2.this.id && output.release == "43.20260105.3.0"
    error_message = "the UUID that a pool takes, and its release"
  }
}

run "the_file_is_gone" {
  variables {
    file   = "elsewhere.qcow2"
    sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  }
  assert {
    condition     = output.id == run.file.id
    error_message = "once uploaded, the file may go"
  }
}

run "another_release" {
  variables {
    release = "43.20260119.3.0"
  }
  assert {
    condition     = output.id != run.file.id
    error_message = "another release is another image"
  }
}

run "url" {
  command = plan
  variables {
    file             = null
    image_source_url = "https://images.example.org/fedora-coreos.qcow2"
    architecture     = "aarch64"
    properties       = { hw_firmware_type = "uefi", os_distro = "fedora" }
  }
  assert {
    condition     = openstack_images_image_v2.this.web_download && openstack_images_image_v2.this.local_file_path == null
    error_message = "Glance fetches it"
  }
  assert {
    condition     = openstack_images_image_v2.this.properties["hw_firmware_type"] == "uefi" && openstack_images_image_v2.this.properties["os_distro"] == "fedora" && openstack_images_image_v2.this.properties["architecture"] == "aarch64"
    error_message = "properties are added, and lie over those set"
  }
}

run "stream" {
  command = plan
  variables {
    release = "stable"
  }
  expect_failures = [var.release]
}

run "architecture" {
  command = plan
  variables {
    architecture = "amd64"
  }
  expect_failures = [var.architecture]
}

run "compressed_file" {
  command = plan
  variables {
    file = "fedora-coreos.qcow2.xz"
  }
  expect_failures = [var.file]
}

run "file_and_url" {
  command = plan
  variables {
    image_source_url = "https://images.example.org/fedora-coreos.qcow2"
  }
  expect_failures = [var.file]
}

run "neither" {
  command = plan
  variables {
    file = null
  }
  expect_failures = [var.file]
}

run "url_in_clear" {
  command = plan
  variables {
    file             = null
    image_source_url = "http://images.example.org/fedora-coreos.qcow2"
  }
  expect_failures = [var.image_source_url]
}

run "sum_too_short" {
  command = plan
  variables {
    sha256 = "abc"
  }
  expect_failures = [var.sha256]
}

run "sum_of_a_url" {
  command = plan
  variables {
    file             = null
    image_source_url = "https://images.example.org/fedora-coreos.qcow2"
    sha256           = "0000000000000000000000000000000000000000000000000000000000000000"
  }
  expect_failures = [var.sha256]
}

run "sum_of_another_file" {
  command = plan
  variables {
    # any file that is there: this one's sum is not that
    file   = "tests/not-an-image.qcow2"
    sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  }
  expect_failures = [openstack_images_image_v2.this]
}

run "visibility" {
  command = plan
  variables {
    visibility = "everybody"
  }
  expect_failures = [var.visibility]
}

run "property_of_capitals" {
  command = plan
  variables {
    properties = { "HW" = "x" }
  }
  expect_failures = [var.properties]
}
