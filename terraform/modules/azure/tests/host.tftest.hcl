# One host, as the module makes it.

mock_provider "azurerm" {
  mock_resource "azurerm_network_interface" {
    defaults = { private_ip_address = "10.77.0.4" }
  }
  mock_resource "azurerm_public_ip" {
    defaults = { ip_address = "198.51.100.7" }
  }
}

variables {
  host = {
    name         = "demo-blue-1"
    machine      = "demo-blue-1-abcdef"
    image        = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images/fcos"
    zone         = "2"
    machine_type = "Standard_D2s_v5"
    disk_size    = 20
    tags         = { atomic-fleet-pool = "blue" }
    first_boot   = "#cloud-config"
    first_member = true
  }
  settings = {
    resource_group_name = "demo"
    location            = "westeurope"
    user                = "core"
    ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTse/js7yKde/+Le9kKglAIeOQIPwp5BQ/g one", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTse/js7yKde/+Le9kKglAIeOQIPwp5BQ/g two"]
    disk_type           = "Premium_LRS"
    encryption_at_host  = false
    trusted_launch      = false
    public_address      = false
    network_id          = "vnet"
    subnet_id           = "subnet"
    security_group_id   = "nsg"
    egress              = true
    egress_pool_id      = "egress"
    backend_pool_id     = "web"
  }
}

run "private" {
  command = apply

  module {
    source = "./host"
  }

  assert {
    condition     = azurerm_linux_virtual_machine.host[0].name == "demo-blue-1-abcdef" && azurerm_linux_virtual_machine.host[0].computer_name == "demo-blue-1" && azurerm_linux_virtual_machine.host[0].os_disk[0].name == "demo-blue-1-abcdef" && azurerm_network_interface.host.name == "demo-blue-1-abcdef"
    error_message = "machine, disk and interface carry the image's suffix, the host itself does not"
  }
  assert {
    condition     = azurerm_linux_virtual_machine.host[0].zone == "2" && azurerm_linux_virtual_machine.host[0].size == "Standard_D2s_v5" && azurerm_linux_virtual_machine.host[0].os_disk[0].disk_size_gb == 20 && azurerm_linux_virtual_machine.host[0].tags == tomap({ atomic-fleet-pool = "blue" })
    error_message = "zone, size, disk and tags"
  }
  assert {
    condition     = azurerm_linux_virtual_machine.host[0].disable_password_authentication && length(azurerm_linux_virtual_machine.host[0].admin_ssh_key) == 2 && alltrue([for key in azurerm_linux_virtual_machine.host[0].admin_ssh_key : key.username == "core"])
    error_message = "keys alone log in"
  }
  assert {
    condition     = !azurerm_linux_virtual_machine.host[0].provision_vm_agent && !azurerm_linux_virtual_machine.host[0].allow_extension_operations && length(azurerm_linux_virtual_machine.host[0].identity) == 0
    error_message = "no agent, no extensions, no identity"
  }
  assert {
    condition     = length(azurerm_linux_virtual_machine.host[0].boot_diagnostics) == 1 && azurerm_linux_virtual_machine.host[0].boot_diagnostics[0].storage_account_uri == null
    error_message = "the boot log lies in Azure's own storage"
  }
  assert {
    condition     = nonsensitive(azurerm_linux_virtual_machine.host[0].custom_data) == base64encode("#cloud-config")
    error_message = "custom data is what the first boot reads"
  }
  assert {
    condition     = length(azurerm_public_ip.host) == 0 && output.address == "10.77.0.4" && azurerm_network_interface_security_group_association.host.network_security_group_id == "nsg" && azurerm_network_interface_backend_address_pool_association.egress[0].backend_address_pool_id == "egress"
    error_message = "a private address, behind the security group, with a way out"
  }
  assert {
    condition     = azurerm_lb_backend_address_pool_address.first[0].name == "demo-blue-1-abcdef" && azurerm_lb_backend_address_pool_address.first[0].ip_address == "10.77.0.4" && azurerm_lb_backend_address_pool_address.first[0].virtual_network_id == "vnet"
    error_message = "an entry by address in the balancer's pool"
  }
}

run "later_first_boot" {
  command = plan

  module {
    source = "./host"
  }

  variables {
    host     = merge(var.host, { first_boot = null })
    settings = merge(var.settings, { ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGFFHnOuTTse/js7yKde/+Le9kKglAIeOQIPwp5BQ/g three"] })
  }

  assert {
    condition     = nonsensitive(azurerm_linux_virtual_machine.host[0].custom_data) == base64encode("#cloud-config") && length(azurerm_linux_virtual_machine.host[0].admin_ssh_key) == 2
    error_message = "what the first boot read does not change a host that runs"
  }
}

run "public" {
  command = plan

  module {
    source = "./host"
  }

  variables {
    host     = merge(var.host, { first_member = false })
    settings = merge(var.settings, { public_address = true, egress = false })
  }

  assert {
    condition     = azurerm_public_ip.host[0].zones == toset(["2"]) && azurerm_public_ip.host[0].sku == "Standard" && length(azurerm_network_interface_backend_address_pool_association.egress) == 0
    error_message = "an address in the host's zone, and no other way out"
  }
  assert {
    condition     = !output.first_member
    error_message = "no entry in the balancer's pool"
  }
}
