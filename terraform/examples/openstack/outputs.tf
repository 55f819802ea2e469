output "fleet" {
  description = "The fleet contract."
  value       = module.fleet.fleet
}
