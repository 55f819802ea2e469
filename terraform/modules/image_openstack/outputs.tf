output "id" {
  description = "UUID of the image: what a pool of the module openstack takes."
  value       = openstack_images_image_v2.this.id
}

output "release" {
  description = "Release that the image holds."
  value       = var.release
}
