# What a plan says before anything was made.

variables {
  name      = "demo"
  directory = "/nonexistent/lab"
  cache     = "/nonexistent/images"
}

run "defaults" {
  command = plan

  assert {
    condition     = join(" ", keys(local.hosts)) == "demo-blue-1 demo-blue-2 demo-blue-3 demo-green-1 demo-green-2 demo-green-3"
    error_message = "two pools of three hosts, named NAME-POOL-NUMBER"
  }
  assert {
    condition     = join("", [for host in local.hosts : host.zone]) == "abcabc"
    error_message = "zones are dealt out in turn"
  }
  assert {
    condition     = length(distinct([for host in local.hosts : host.octet])) == 6 && alltrue([for host in local.hosts : host.octet >= 11 && host.release == "1.0" && !host.private])
    error_message = "an address for each, release 1.0, all in the main network"
  }
  assert {
    condition     = alltrue([for unit, generation in local.generation : generation == 1 && !local.alive[unit]])
    error_message = "nothing runs yet: every unit is asked for the first time"
  }
  assert {
    condition     = output.directory == "/nonexistent/lab" && output.enter == "ip netns exec demo" && output.remote_url == "http://10.88.0.1:8080/"
    error_message = "directory, enter and remote_url are known while planning"
  }
  assert {
    condition     = local.weights == { blue = 100, green = 0 }
    error_message = "the first pool begins with all of the traffic"
  }
}

run "default_directory" {
  command = plan
  variables {
    directory = null
  }
  assert {
    condition     = output.directory == "/var/lib/atomic-fleet/demo"
    error_message = "the directory is named after the lab"
  }
}

run "pools_of_their_own" {
  command = plan
  variables {
    release    = "2.0"
    jump_hosts = ["demo-edge-2"]
    pools = {
      blue = { size = 0 }
      core = { size = 1, release = "5.0", zones = ["north"] }
      edge = { size = 4, zones = ["x", "y"] }
    }
  }
  assert {
    condition = { for name, host in local.hosts : name => "${host.release} ${host.zone} ${host.private}" } == {
      demo-core-1 = "5.0 north false"
      demo-edge-1 = "2.0 x false"
      demo-edge-2 = "2.0 y true"
      demo-edge-3 = "2.0 x false"
      demo-edge-4 = "2.0 y false"
    }
    error_message = "size, zones, release and bastion are each pool's own"
  }
  assert {
    condition     = local.weights == { blue = 0, core = 100, edge = 0 }
    error_message = "a pool without hosts is not the first"
  }
}

run "weights" {
  command = plan
  variables {
    release = "6.0-sick"
    pools = {
      blue  = { weight = 20 }
      core  = { weight = 0 }
      green = { weight = 80 }
      red   = {}
    }
  }
  assert {
    condition     = local.weights == { blue = 20, core = 0, green = 80, red = 0 }
    error_message = "a pool without a weight has none where another has one"
  }
}

run "the_balancer" {
  command = plan
  variables {
    pools = {
      blue = { size = 0 }
    }
  }
  assert {
    condition = jsonencode(output.fleet.traffic) == jsonencode([{
      name     = "web"
      adapter  = "haproxy"
      address  = "10.88.0.1"
      port     = 80
      settings = { socket = "/run/atomic-fleet-demo/balancer.sock", backend = "web", state_file = "/nonexistent/lab/balancer/servers.state" }
      pools    = { blue = { share = null, settings = {} } }
    }])
    error_message = "the contract says where the balancer is, and how it is told what to do"
  }
}

run "no_pools" {
  command = plan
  variables {
    pools = {}
  }
  assert {
    condition     = length(local.hosts) == 0 && length(local.weights) == 0
    error_message = "a lab without hosts is a lab"
  }
}
