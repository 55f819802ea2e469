output "id" {
  description = "Resource id of the image, for a pool."
  value       = azurerm_shared_image_version.image.id
}

output "release" {
  description = "The release that the image is."
  value       = var.release
}

output "sha256" {
  description = "Checksum of the VHD that the image was made from."
  value       = var.sha256
}
