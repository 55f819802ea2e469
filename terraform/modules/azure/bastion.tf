# The bastion keeps its address, so it is replaced the plain way: the old one goes first.

resource "azurerm_public_ip" "bastion" {
  count = var.bastion == null ? 0 : 1

  name                = "${var.name}-bastion"
  resource_group_name = local.resource_group
  location            = var.location
  sku                 = "Standard"
  allocation_method   = "Static"
  zones               = local.all_zones
  tags                = local.tags
}

resource "azurerm_network_interface" "bastion" {
  count = var.bastion == null ? 0 : 1

  name                = "${var.name}-bastion"
  resource_group_name = local.resource_group
  location            = var.location
  tags                = local.tags

  ip_configuration {
    name                          = "primary"
    subnet_id                     = local.subnet_id
    private_ip_address_allocation = "Dynamic"
    public_ip_address_id          = azurerm_public_ip.bastion[0].id
  }
}

resource "azurerm_network_interface_security_group_association" "bastion" {
  count = var.bastion == null ? 0 : 1

  network_interface_id      = azurerm_network_interface.bastion[0].id
  network_security_group_id = azurerm_network_security_group.bastion[0].id
}

resource "azurerm_linux_virtual_machine" "bastion" {
  count = var.bastion == null ? 0 : 1

  name                  = "${var.name}-bastion"
  computer_name         = "${var.name}-bastion"
  resource_group_name   = local.resource_group
  location              = var.location
  zone                  = var.zones[0]
  size                  = coalesce(var.bastion.machine_type, var.machine_type)
  source_image_id       = var.bastion.image
  network_interface_ids = [azurerm_network_interface_security_group_association.bastion[0].network_interface_id]
  tags                  = local.tags

  admin_username                  = var.bastion.user
  disable_password_authentication = true
  custom_data                     = var.bastion.first_boot == null ? null : base64encode(var.bastion.first_boot)
  provision_vm_agent              = false
  allow_extension_operations      = false
  encryption_at_host_enabled      = var.encryption_at_host
  secure_boot_enabled             = var.trusted_launch
  vtpm_enabled                    = var.trusted_launch

  dynamic "admin_ssh_key" {
    for_each = toset(var.ssh_authorized_keys)
    content {
      username   = var.bastion.user
      public_key = admin_ssh_key.value
    }
  }

  os_disk {
    name                 = "${var.name}-bastion"
    caching              = "ReadWrite"
    storage_account_type = var.disk_type
    disk_size_gb         = var.disk_size
  }

  boot_diagnostics {}

  lifecycle {
    ignore_changes = [custom_data, admin_ssh_key]
  }
}
