output "id" {
  description = "The AMI's id in the provider's region: what the module aws takes as image."
  value       = data.aws_ami.fedora_coreos.id
}

output "release" {
  description = "Release of Fedora CoreOS the AMI holds."
  value       = split("-", data.aws_ami.fedora_coreos.name)[2]
}

output "name" {
  description = "The AMI's name."
  value       = data.aws_ami.fedora_coreos.name
}
