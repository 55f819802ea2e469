resource "azurerm_public_ip" "host" {
  count = var.settings.public_address ? 1 : 0

  name                = var.host.machine
  resource_group_name = var.settings.resource_group_name
  location            = var.settings.location
  sku                 = "Standard"
  allocation_method   = "Static"
  zones               = [var.host.zone]
  tags                = var.host.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_network_interface" "host" {
  name                = var.host.machine
  resource_group_name = var.settings.resource_group_name
  location            = var.settings.location
  tags                = var.host.tags

  ip_configuration {
    name                          = "primary"
    subnet_id                     = var.settings.subnet_id
    private_ip_address_allocation = "Dynamic"
    public_ip_address_id          = one(azurerm_public_ip.host[*].id)
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_network_interface_security_group_association" "host" {
  network_interface_id      = azurerm_network_interface.host.id
  network_security_group_id = var.settings.security_group_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_network_interface_backend_address_pool_association" "egress" {
  count = var.settings.egress ? 1 : 0

  network_interface_id    = azurerm_network_interface_security_group_association.host.network_interface_id
  ip_configuration_name   = "primary"
  backend_address_pool_id = var.settings.egress_pool_id

  lifecycle {
    create_before_destroy = true
  }
}

# A list of one, which is empty where its creation failed: so the fleet's output can tell.
resource "azurerm_linux_virtual_machine" "host" {
  count = 1

  name                = var.host.machine
  computer_name       = var.host.name
  resource_group_name = var.settings.resource_group_name
  location            = var.settings.location
  zone                = var.host.zone
  size                = var.host.machine_type
  source_image_id     = var.host.image
  tags                = var.host.tags

  # By way of the associations: no machine boots before its security group and its way out stand, and none loses them
  # before it is gone.
  network_interface_ids = [
    var.settings.egress
    ? azurerm_network_interface_backend_address_pool_association.egress[0].network_interface_id
    : azurerm_network_interface_security_group_association.host.network_interface_id
  ]

  admin_username                  = var.settings.user
  disable_password_authentication = true
  custom_data                     = var.host.first_boot == null ? null : base64encode(var.host.first_boot)

  # Atomic hosts carry no Azure agent, and nobody may have the platform run extensions in them.
  provision_vm_agent         = false
  allow_extension_operations = false

  encryption_at_host_enabled = var.settings.encryption_at_host
  secure_boot_enabled        = var.settings.trusted_launch
  vtpm_enabled               = var.settings.trusted_launch

  dynamic "admin_ssh_key" {
    for_each = toset(var.settings.ssh_authorized_keys)
    content {
      username   = var.settings.user
      public_key = admin_ssh_key.value
    }
  }

  os_disk {
    name                 = var.host.machine
    caching              = "ReadWrite"
    storage_account_type = var.settings.disk_type
    disk_size_gb         = var.host.disk_size
  }

  # In Azure's own storage: host keys are learnt from the boot log.
  boot_diagnostics {}

  lifecycle {
    create_before_destroy = true
    # What is read at the first boot only. The provider would replace the host for it.
    ignore_changes = [custom_data, admin_ssh_key]
  }
}

resource "azurerm_lb_backend_address_pool_address" "first" {
  count = var.host.first_member ? 1 : 0

  name                    = var.host.machine
  backend_address_pool_id = var.settings.backend_pool_id
  virtual_network_id      = var.settings.network_id
  ip_address              = azurerm_network_interface.host.private_ip_address

  lifecycle {
    # The provider writes the whole entry when it updates one, and its admin state would be lost.
    ignore_changes = [virtual_network_id, ip_address]
  }
}
