resource "openstack_images_image_v2" "this" {
  name             = "fedora-coreos-${var.release}-${var.architecture}"
  container_format = "bare"
  disk_format      = "qcow2"
  local_file_path  = var.file
  image_source_url = var.image_source_url
  web_download     = var.image_source_url == null ? null : true
  min_disk_gb      = 10
  visibility       = var.visibility
  tags             = ["atomic-fleet"]

  properties = merge({
    architecture = var.architecture
    os_distro    = "fedora-coreos"
    os_type      = "linux"
    os_version   = var.release
  }, var.properties)

  lifecycle {
    # hosts may still be made from the old one while the new one is uploaded
    create_before_destroy = true
    # Glance adds properties of its own, and where the file lay does not matter once it was uploaded
    ignore_changes       = [local_file_path, image_source_url, web_download]
    replace_triggered_by = [terraform_data.release]

    precondition {
      condition     = var.sha256 == null ? true : !fileexists(var.file) ? true : filesha256(var.file) == var.sha256
      error_message = "The file's SHA-256 is not the one given: it is not the image of that release, or not all of it."
    }
  }
}

# A name alone would be changed in place.
resource "terraform_data" "release" {
  input = "${var.release} ${var.architecture}"
}
