output "fleet" {
  description = "The fleet contract."
  value       = module.machines.fleet
}

output "first_boot" {
  description = "The Ignition document of every machine, by name."
  value       = { for name, document in module.first_boot : name => document.ignition }
  sensitive   = true
}
