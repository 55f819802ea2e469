resource "azurerm_public_ip" "host" {
  for_each = var.public_addresses ? local.hosts : {}

  name                = each.value.machine
  resource_group_name = local.resource_group
  location            = var.location
  sku                 = "Standard"
  allocation_method   = "Static"
  zones               = [each.value.zone]
  tags                = merge(local.tags, each.value.labels, { atomic-fleet = var.name, atomic-fleet-pool = each.value.pool })

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_network_interface" "host" {
  for_each = local.hosts

  name                = each.value.machine
  resource_group_name = local.resource_group
  location            = var.location
  tags                = merge(local.tags, each.value.labels, { atomic-fleet = var.name, atomic-fleet-pool = each.value.pool })

  ip_configuration {
    name                          = "primary"
    subnet_id                     = local.subnet_id
    private_ip_address_allocation = "Dynamic"
    public_ip_address_id          = var.public_addresses ? azurerm_public_ip.host[each.key].id : null
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_network_interface_security_group_association" "host" {
  for_each = local.hosts

  network_interface_id      = azurerm_network_interface.host[each.key].id
  network_security_group_id = azurerm_network_security_group.hosts.id

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_linux_virtual_machine" "host" {
  for_each = local.hosts

  name                = each.value.machine
  computer_name       = each.key
  resource_group_name = local.resource_group
  location            = var.location
  zone                = each.value.zone
  size                = each.value.machine_type
  source_image_id     = each.value.image
  tags                = merge(local.tags, each.value.labels, { atomic-fleet = var.name, atomic-fleet-pool = each.value.pool })

  # By way of the association: no machine boots before its security group stands.
  network_interface_ids = [azurerm_network_interface_security_group_association.host[each.key].network_interface_id]

  admin_username                  = var.user
  disable_password_authentication = true
  custom_data                     = lookup(var.first_boot_by_host, each.key, var.first_boot) == null ? null : base64encode(lookup(var.first_boot_by_host, each.key, var.first_boot))

  # Atomic hosts carry no Azure agent, and nobody may have the platform run extensions in them.
  provision_vm_agent         = false
  allow_extension_operations = false

  encryption_at_host_enabled = var.encryption_at_host
  secure_boot_enabled        = var.trusted_launch
  vtpm_enabled               = var.trusted_launch

  dynamic "admin_ssh_key" {
    for_each = toset(var.ssh_authorized_keys)
    content {
      username   = var.user
      public_key = admin_ssh_key.value
    }
  }

  os_disk {
    name                 = each.value.machine
    caching              = "ReadWrite"
    storage_account_type = var.disk_type
    disk_size_gb         = each.value.disk_size
  }

  # In Azure's own storage: host keys are learnt from the boot log.
  boot_diagnostics {}

  lifecycle {
    create_before_destroy = true
    # What is read at the first boot only. The provider would replace the host for it.
    ignore_changes = [custom_data, admin_ssh_key]
  }
}
