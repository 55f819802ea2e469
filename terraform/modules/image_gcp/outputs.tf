output "id" {
  description = "The image by its exact name, as a pool's image wants it: projects/fedora-coreos-cloud/global/images/NAME."
  value       = "projects/${local.project}/global/images/${data.google_compute_image.fedora_coreos.name}"
}

output "name" {
  description = "The image's name."
  value       = data.google_compute_image.fedora_coreos.name
}

output "release" {
  description = "The release of Fedora CoreOS that the image holds."
  value       = join(".", slice(split("-", data.google_compute_image.fedora_coreos.name), 2, 6))
}
