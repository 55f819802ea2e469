output "id" {
  description = "Resource id of the machine."
  value       = one(azurerm_linux_virtual_machine.host[*].id)
}

output "address" {
  description = "The address the host is reached at."
  value       = var.settings.public_address ? azurerm_public_ip.host[0].ip_address : azurerm_network_interface.host.private_ip_address
}

output "private_address" {
  description = "The host's address in the network."
  value       = azurerm_network_interface.host.private_ip_address
}

output "user" {
  description = "The user of the ssh keys."
  value       = one(azurerm_linux_virtual_machine.host[*].admin_username)
}

output "zone" {
  description = "The zone the machine stands in."
  value       = one(azurerm_linux_virtual_machine.host[*].zone)
}

output "image" {
  description = "What the machine was made from."
  value       = one(azurerm_linux_virtual_machine.host[*].source_image_id)
}

output "machine" {
  description = "The machine's own name."
  value       = one(azurerm_linux_virtual_machine.host[*].name)
}

output "made" {
  description = "Whether the machine is there."
  value       = length(azurerm_linux_virtual_machine.host) > 0
}

output "first_member" {
  description = "Whether Terraform made the balancer's entry of this machine."
  value       = length(azurerm_lb_backend_address_pool_address.first) > 0
}
