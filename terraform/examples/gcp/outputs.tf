output "fleet" {
  description = "The fleet contract."
  value       = module.fleet.fleet
}

output "balancer_address" {
  description = "Where clients reach the balancer."
  value       = module.fleet.balancer_address
}
