# Who may reach what. Rules are resources of their own, so that adding one does not disturb the others.

resource "aws_key_pair" "this" {
  count = length(local.key_pair_keys) > 0 ? 1 : 0

  # another key, another name: it is made before the old one goes, as the hosts are
  key_name   = "${var.name}-${substr(sha256(local.key_pair_keys[0]), 0, 6)}"
  public_key = local.key_pair_keys[0]
  tags       = local.tags
}

resource "aws_security_group" "hosts" {
  name        = "${var.name}-hosts"
  description = "Hosts of the fleet ${var.name}"
  vpc_id      = local.network_id
  tags        = merge(local.tags, { Name = "${var.name}-hosts" })
}

resource "aws_vpc_security_group_egress_rule" "hosts" {
  security_group_id = aws_security_group.hosts.id
  description       = "Updates, registries, time"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "hosts_ssh" {
  for_each = var.bastion == null ? toset(var.ssh_from) : []

  security_group_id = aws_security_group.hosts.id
  description       = "ssh"
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = each.value
  tags              = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "hosts_ssh_bastion" {
  count = var.bastion == null ? 0 : 1

  security_group_id            = aws_security_group.hosts.id
  description                  = "ssh from the bastion"
  ip_protocol                  = "tcp"
  from_port                    = 22
  to_port                      = 22
  referenced_security_group_id = aws_security_group.bastion[0].id
  tags                         = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "hosts_balancer" {
  count = var.balancer == null ? 0 : 1

  security_group_id            = aws_security_group.hosts.id
  description                  = "Traffic and health checks of the balancer"
  ip_protocol                  = "tcp"
  from_port                    = var.balancer.host_port
  to_port                      = var.balancer.host_port
  referenced_security_group_id = aws_security_group.balancer[0].id
  tags                         = local.tags
}

resource "aws_security_group" "bastion" {
  count = var.bastion == null ? 0 : 1

  name        = "${var.name}-bastion"
  description = "Bastion of the fleet ${var.name}"
  vpc_id      = local.network_id
  tags        = merge(local.tags, { Name = "${var.name}-bastion" })
}

resource "aws_vpc_security_group_egress_rule" "bastion" {
  count = var.bastion == null ? 0 : 1

  security_group_id = aws_security_group.bastion[0].id
  description       = "Hosts, and updates of its own"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "bastion_ssh" {
  for_each = var.bastion == null ? [] : toset(var.ssh_from)

  security_group_id = aws_security_group.bastion[0].id
  description       = "ssh"
  ip_protocol       = "tcp"
  from_port         = var.bastion.port
  to_port           = var.bastion.port
  cidr_ipv4         = each.value
  tags              = local.tags
}

resource "aws_security_group" "balancer" {
  count = var.balancer == null ? 0 : 1

  name        = "${var.name}-balancer"
  description = "Balancer of the fleet ${var.name}"
  vpc_id      = local.network_id
  tags        = merge(local.tags, { Name = "${var.name}-balancer" })
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  count = var.balancer == null ? 0 : 1

  security_group_id            = aws_security_group.balancer[0].id
  description                  = "Traffic and health checks"
  ip_protocol                  = "tcp"
  from_port                    = var.balancer.host_port
  to_port                      = var.balancer.host_port
  referenced_security_group_id = aws_security_group.hosts.id
  tags                         = local.tags
}

data "aws_vpc" "brought" {
  count = !local.made && var.balancer != null ? 1 : 0

  id = var.network.vpc_id
}

locals {
  network_cidr  = local.made ? var.network_cidr : one(data.aws_vpc.brought[*].cidr_block)
  balancer_from = try(var.balancer.from, null) == null ? { network = local.network_cidr } : { for cidr in var.balancer.from : cidr => cidr }
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  for_each = var.balancer == null ? {} : local.balancer_from

  security_group_id = aws_security_group.balancer[0].id
  description       = "Clients"
  ip_protocol       = "tcp"
  from_port         = var.balancer.port
  to_port           = var.balancer.port
  cidr_ipv4         = each.value
  tags              = local.tags
}
