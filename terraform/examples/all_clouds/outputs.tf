output "fleet" {
  description = "The fleet contract, of all clouds in one."
  value       = module.fleet.fleet
}
