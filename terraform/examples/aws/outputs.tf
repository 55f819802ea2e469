output "fleet" {
  description = "The fleet contract."
  value       = module.fleet.fleet
}

output "balancer_address" {
  description = "The DNS name clients reach the balancer by."
  value       = module.fleet.balancer_address
}
