# Terraform owns that pools and balancer exist; whoever swaps owns how traffic is shared.

resource "aws_lb" "this" {
  count = var.balancer == null ? 0 : 1

  name                       = var.name
  load_balancer_type         = "application"
  internal                   = !var.balancer.public
  security_groups            = [aws_security_group.balancer[0].id]
  subnets                    = [for zone in var.zones : (var.balancer.public ? local.public_subnets : local.private_subnets)[zone]]
  drop_invalid_header_fields = true
  tags                       = local.tags
  depends_on                 = [aws_route.public]
}

resource "aws_lb_target_group" "pool" {
  for_each = var.balancer == null ? {} : var.pools

  name     = "${var.name}-${each.key}"
  vpc_id   = local.network_id
  protocol = "HTTP"
  port     = var.balancer.host_port
  tags     = merge(local.tags, { atomic-fleet-pool = each.key })

  health_check {
    protocol            = "HTTP"
    port                = "traffic-port"
    path                = var.balancer.health_path
    matcher             = "200"
    interval            = var.balancer.health_interval
    timeout             = min(5, var.balancer.health_interval - 1)
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  lifecycle {
    # Only a default, and it cannot change while the listener names the group: each target carries the port itself.
    ignore_changes = [port]
  }
}

resource "aws_lb_target_group_attachment" "host" {
  for_each = var.balancer == null ? {} : local.hosts

  target_group_arn = aws_lb_target_group.pool[each.value.pool].arn
  target_id        = aws_instance.host[each.key].id
  port             = var.balancer.host_port

  lifecycle {
    create_before_destroy = true
  }
}

# A listener must send its traffic somewhere: without pools there is none.
resource "aws_lb_listener" "this" {
  count = var.balancer != null && length(var.pools) > 0 ? 1 : 0

  load_balancer_arn = aws_lb.this[0].arn
  protocol          = "HTTP"
  port              = var.balancer.port
  tags              = local.tags

  default_action {
    type = "forward"

    forward {
      dynamic "target_group" {
        for_each = var.pools

        content {
          arn    = aws_lb_target_group.pool[target_group.key].arn
          weight = target_group.value.weight
        }
      }
    }
  }

  lifecycle {
    ignore_changes = [default_action]

    # AWS refuses to delete a target group that a listener names, and would do so in the middle of an apply.
    postcondition {
      condition = length(setsubtract(
        [for group in flatten(self.default_action[*].forward[*].target_group) : group.arn if can(regex(":targetgroup/${var.name}-[a-z0-9]{1,11}/", group.arn))],
        [for group in aws_lb_target_group.pool : group.arn]
      )) == 0
      error_message = "The listener of ${var.name} still names the target group of a pool that is not among pools any more. Keep the pool until its target group was taken out of the listener, as retiring the pool does."
    }
  }
}

locals {
  listener_groups = flatten([for action in flatten(aws_lb_listener.this[*].default_action) : [for forward in action.forward : forward.target_group]])
  shares          = { for group in local.listener_groups : group.arn => group.weight }
}

data "aws_region" "this" {}
