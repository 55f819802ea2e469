# The contract, of machines that are there already.

variables {
  name  = "site"
  pools = { blue = { image = "fcos-42" }, green = { image = "fcos-43", size = 4, zones = ["rack9"] } }
  machines = {
    site-b = { address = "192.0.2.12", pool = "blue", zone = "rack2", image = "fcos-41", host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y b"], labels = { serial = "'; \"x" }, id = "SN 12" }
    site-a = { address = "2001:db8::11", pool = "blue", zone = "rack1", user = "admin", port = 2222, host_key_authority = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y" }
  }
}

run "contract" {
  command = plan
  variables {
    jump      = [{ address = "192.0.2.1", host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y"] }, { address = "jump.example.org", user = "hop", port = 2200 }]
    balancers = { web = { port = 80, address = "192.0.2.8", settings = { socket = "192.0.2.8:9999" }, pools = { blue = { share = 100 } } } }
  }

  assert {
    condition     = output.fleet.schema == "atomic.fleet/fleet/v1" && output.fleet.name == "site" && [for host in output.fleet.hosts : host.name] == ["site-a", "site-b"]
    error_message = "hosts by name"
  }
  assert {
    condition = jsonencode(output.fleet.hosts[0]) == jsonencode({
      name  = "site-a", address = "2001:db8::11", user = "admin", port = 2222, cloud = "edge", pool = "blue", zone = "rack1"
      image = "fcos-42", id = "edge/site/site-a", labels = {}, host_keys = [], host_key_authority = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y"
      jump = [
        { address = "192.0.2.1", user = "core", port = 22, host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y"], host_key_authority = null },
        { address = "jump.example.org", user = "hop", port = 2200, host_keys = [], host_key_authority = null },
      ]
    })
    error_message = "what is not said is the pool's, or made of names"
  }
  assert {
    condition     = [for host in output.fleet.hosts : "${host.id} ${host.image} ${host.user} ${host.port}"][1] == "SN 12 fcos-41 core 22" && output.fleet.hosts[1].labels.serial == "'; \"x"
    error_message = "what is said goes unchanged"
  }
  assert {
    condition     = jsonencode(output.fleet.pools) == jsonencode({ blue = { image = "fcos-42", size = 2, zones = ["rack1", "rack2"] }, green = { image = "fcos-43", size = 4, zones = ["rack9"] } })
    error_message = "size and zones are the machines', or as said"
  }
  assert {
    condition     = jsonencode(output.fleet.traffic) == jsonencode([{ name = "web", adapter = "haproxy", address = "192.0.2.8", port = 80, settings = { socket = "192.0.2.8:9999" }, pools = { blue = { share = 100, settings = {} } } }])
    error_message = "the balancer as said"
  }
}

run "a_cloud_of_its_own" {
  command = plan
  variables {
    cloud = "metal"
  }
  assert {
    condition     = alltrue([for host in output.fleet.hosts : host.cloud == "metal"]) && output.fleet.hosts[0].id == "metal/site/site-a" && length(output.fleet.traffic) == 0 && length(output.fleet.hosts[0].jump) == 0
    error_message = "cloud can be named"
  }
}

run "no_machines" {
  command = plan
  variables {
    machines = {}
  }
  assert {
    condition     = length(output.fleet.hosts) == 0 && output.fleet.pools.blue.size == 0 && length(output.fleet.pools.blue.zones) == 0
    error_message = "a site without machines is a site"
  }
}

run "five_thousand" {
  command = plan
  variables {
    machines = { for pair in setproduct(range(20), range(250)) : "site-${pair[0]}-${pair[1]}" => { address = "198.18.${pair[0]}.${pair[1]}", pool = "blue" } }
  }
  assert {
    condition     = length(output.fleet.hosts) == 5000 && output.fleet.pools.blue.size == 5000
    error_message = "as many as a fleet may have"
  }
}
