resource "google_compute_address" "bastion" {
  count = var.bastion == null ? 0 : 1

  project = var.project
  region  = var.region
  name    = "${var.name}-bastion"
  labels  = local.labels
}

# It keeps its address when it is replaced, so that there can be no two of them at a time.
resource "google_compute_instance" "bastion" {
  count = var.bastion == null ? 0 : 1

  project      = var.project
  zone         = var.zones[0]
  name         = "${var.name}-bastion"
  machine_type = coalesce(var.bastion.machine_type, var.machine_type)
  tags         = [local.bastion_tag]
  labels       = local.labels

  allow_stopping_for_update = true
  deletion_protection       = false

  boot_disk {
    initialize_params {
      image  = var.bastion.image
      type   = var.disk_type
      labels = local.labels
    }
  }

  network_interface {
    subnetwork = local.subnetwork

    access_config {
      nat_ip = google_compute_address.bastion[0].address
    }
  }

  metadata = merge(
    local.access,
    { ssh-keys = local.ssh_keys[var.bastion.user] },
    var.bastion.first_boot == null ? {} : { user-data = sensitive(var.bastion.first_boot) },
  )

  shielded_instance_config {
    enable_secure_boot          = var.secure_boot
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  lifecycle {
    ignore_changes = [metadata["user-data"], boot_disk[0].initialize_params[0].labels]
  }
}
