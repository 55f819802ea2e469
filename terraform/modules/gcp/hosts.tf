resource "google_compute_instance" "host" {
  for_each = local.hosts

  project      = var.project
  zone         = each.value.zone
  name         = each.value.machine
  machine_type = each.value.machine_type
  tags         = [local.host_tag]
  labels       = merge(local.pool_labels[each.value.pool], { atomic-fleet = var.name, atomic-fleet-pool = each.value.pool })

  # A changed machine type, service account or Secure Boot stops the machine and starts it again, instead of being
  # refused. That is an update in place, and judging the plan beforehand must count it as a reboot.
  allow_stopping_for_update = true
  deletion_protection       = false

  boot_disk {
    initialize_params {
      image  = each.value.image
      size   = each.value.disk_size
      type   = var.disk_type
      labels = local.labels
    }
  }

  network_interface {
    subnetwork = local.subnetwork

    dynamic "access_config" {
      for_each = var.public_addresses ? [1] : []
      content {}
    }
  }

  metadata = merge(
    local.access,
    { ssh-keys = local.ssh_keys[var.user] },
    contains(local.first_boot_named, each.key) ? { user-data = var.first_boot_by_host[each.key] } : local.first_boot_all ? { user-data = var.first_boot } : {},
  )

  shielded_instance_config {
    enable_secure_boot          = var.secure_boot
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  dynamic "service_account" {
    for_each = var.service_account == null ? [] : [var.service_account]
    content {
      email  = service_account.value
      scopes = ["cloud-platform"]
    }
  }

  lifecycle {
    create_before_destroy = true
    # user-data is read at the first boot only; with older providers, changed labels of a disk replace the machine
    ignore_changes = [metadata["user-data"], boot_disk[0].initialize_params[0].labels]
  }
}
