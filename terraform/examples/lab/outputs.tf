output "fleet" {
  description = "The fleet contract."
  value       = module.lab.fleet
}

output "directory" {
  description = "Where the lab keeps its files."
  value       = module.lab.directory
}

output "enter" {
  description = "What to put before a command so that it runs inside the lab's network."
  value       = module.lab.enter
}

output "remote_url" {
  description = "The ostree remote."
  value       = module.lab.remote_url
}

output "program" {
  description = "The lab's own program: publishes releases and orders faults."
  value       = module.lab.program
}
