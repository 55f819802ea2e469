# Several fleets as one.

variables {
  name = "all"
}

run "two_fleets" {
  command = plan
  variables {
    fleets = {
      edge = { schema = "atomic.fleet/fleet/v1", name = "x", hosts = [{ name = "site-1", address = "192.0.2.1", user = "core", port = 22, jump = [{ address = "192.0.2.9", user = "core", port = 22, host_keys = [] }], host_keys = [], cloud = "x", pool = "blue", zone = "z", image = "i", id = "site-1", labels = { lblue = "1" }, host_key_authority = null }], pools = { blue = { image = "i", size = 1, zones = ["z"] } }, traffic = [] }
      aws = {
        schema  = "atomic.fleet/fleet/v1"
        name    = "demo"
        hosts   = [{ name = "demo-blue-2", address = "192.0.2.2", user = "core", port = 22, jump = [], host_keys = [], cloud = "x", pool = "blue", zone = "z", image = "i", id = "demo-blue-2", labels = { lblue = "1" } }, { name = "demo-blue-1", address = "192.0.2.1", user = "core", port = 22, jump = [], host_keys = [], cloud = "x", pool = "blue", zone = "z", image = "i", id = "demo-blue-1", labels = { lblue = "1" } }]
        pools   = { blue = { image = "i", size = 2, zones = ["z"] }, green = { image = "i", size = 0, zones = ["z", "y"] } }
        traffic = [{ name = "web", adapter = "aws_elbv2", address = null, port = 80, settings = { region = "r" }, pools = { blue = { share = 100, settings = { arn = "a" } }, green = { share = 0, settings = { arn = "b" } } } }]
      }
    }
  }

  assert {
    condition     = output.fleet.schema == "atomic.fleet/fleet/v1" && output.fleet.name == "all" && [for host in output.fleet.hosts : "${host.name} ${host.pool}"] == ["demo-blue-2 aws-blue", "demo-blue-1 aws-blue", "site-1 edge-blue"]
    error_message = "hosts by label, then in the order of each; pools by label"
  }
  assert {
    condition     = output.fleet.hosts[0].labels.lblue == "1" && output.fleet.hosts[2].address == "192.0.2.1" && length(output.fleet.hosts[2].jump) == 1
    error_message = "the rest of a host as it was; one address twice, by two ways"
  }
  assert {
    condition     = jsonencode(output.fleet.pools) == jsonencode({ aws-blue = { image = "i", size = 2, zones = ["z"] }, aws-green = { image = "i", size = 0, zones = ["z", "y"] }, edge-blue = { image = "i", size = 1, zones = ["z"] } })
    error_message = "every pool, by label"
  }
  assert {
    condition     = jsonencode(output.fleet.traffic) == jsonencode([{ name = "aws-web", adapter = "aws_elbv2", address = null, port = 80, settings = { region = "r" }, pools = { aws-blue = { share = 100, settings = { arn = "a" } }, aws-green = { share = 0, settings = { arn = "b" } } } }])
    error_message = "balancers and their pools, by label"
  }
}

run "no_fleets" {
  command = plan
  variables {
    fleets = {}
  }
  assert {
    condition     = length(output.fleet.hosts) == 0 && length(output.fleet.pools) == 0 && length(output.fleet.traffic) == 0
    error_message = "nothing is a fleet too"
  }
}
