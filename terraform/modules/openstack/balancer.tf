resource "openstack_lb_loadbalancer_v2" "this" {
  count = var.balancer == null ? 0 : 1

  name                  = var.name
  vip_subnet_id         = local.subnet_id
  loadbalancer_provider = var.balancer_provider
  tags                  = local.tags
}

resource "openstack_lb_listener_v2" "web" {
  count = var.balancer == null ? 0 : 1

  name            = "${var.name}-web"
  loadbalancer_id = openstack_lb_loadbalancer_v2.this[0].id
  protocol        = "HTTP"
  protocol_port   = var.balancer.port
  allowed_cidrs   = var.balancer.from == null ? [local.subnet_cidr] : var.balancer.from
  insert_headers  = { X-Forwarded-For = "true" }
  tags            = local.tags
}

resource "openstack_lb_pool_v2" "web" {
  count = var.balancer == null ? 0 : 1

  name        = "${var.name}-web"
  listener_id = openstack_lb_listener_v2.web[0].id
  protocol    = "HTTP"
  lb_method   = "ROUND_ROBIN"
  tags        = local.tags
}

resource "openstack_lb_monitor_v2" "web" {
  count = var.balancer == null ? 0 : 1

  name             = "${var.name}-web"
  pool_id          = openstack_lb_pool_v2.web[0].id
  type             = "HTTP"
  http_method      = "GET"
  url_path         = var.balancer.health_path
  expected_codes   = "200"
  delay            = var.balancer.health_interval
  timeout          = 5 # health_interval is no shorter
  max_retries      = 2
  max_retries_down = 3
}

# One for each host, and not one resource for all: so the weights of those that are there can be left alone.
resource "openstack_lb_member_v2" "host" {
  for_each = var.balancer == null ? {} : local.hosts

  name          = each.key
  pool_id       = openstack_lb_pool_v2.web[0].id
  address       = local.addresses[each.key]
  protocol_port = var.balancer.host_port
  subnet_id     = local.subnet_id
  weight        = var.pools[each.value.pool].weight
  tags          = concat(local.tags, ["atomic-fleet-pool=${each.value.pool}"])

  lifecycle {
    create_before_destroy = true
    # whoever swaps moves the traffic, and notes in a tag what a host that is out for a while returns to
    ignore_changes = [weight, tags]
  }
}

resource "openstack_networking_floatingip_v2" "balancer" {
  count = try(var.balancer.public, false) ? 1 : 0

  pool        = var.external_network
  description = "${var.name}-web"
  port_id     = openstack_lb_loadbalancer_v2.this[0].vip_port_id
  tags        = local.tags

  depends_on = [openstack_networking_router_interface_v2.made]
}

check "weights" {
  assert {
    condition     = alltrue([for weights in values(local.weights) : length(distinct(weights)) <= 1])
    error_message = "Members of one pool have different weights at the balancer. A host made now gets the weight that its pool has in the configuration: give it there what the output fleet calls its share."
  }
}
