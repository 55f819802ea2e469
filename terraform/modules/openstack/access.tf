# The name carries the key's hash: a new key makes a new pair before the old one goes, and two of one name cannot be.
resource "openstack_compute_keypair_v2" "this" {
  name       = "${var.name}-${substr(sha256(var.ssh_authorized_keys[0]), 0, 6)}"
  public_key = var.ssh_authorized_keys[0]
}

# What clouds put into a new group differs, so the groups begin empty and every rule stands here.
resource "openstack_networking_secgroup_v2" "hosts" {
  name                 = "${var.name}-hosts"
  description          = "Hosts of the fleet ${var.name}"
  delete_default_rules = true
  tags                 = local.tags
}

resource "openstack_networking_secgroup_v2" "bastion" {
  count = local.bastion ? 1 : 0

  name                 = "${var.name}-bastion"
  description          = "Bastion of the fleet ${var.name}"
  delete_default_rules = true
  tags                 = local.tags
}

resource "openstack_networking_secgroup_rule_v2" "hosts_out" {
  for_each = toset(["IPv4", "IPv6"])

  security_group_id = openstack_networking_secgroup_v2.hosts.id
  description       = "Out to anywhere"
  direction         = "egress"
  ethertype         = each.value
}

resource "openstack_networking_secgroup_rule_v2" "hosts_ssh" {
  for_each = toset(local.bastion ? [] : var.ssh_from)

  security_group_id = openstack_networking_secgroup_v2.hosts.id
  description       = "ssh"
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 22
  port_range_max    = 22
  remote_ip_prefix  = each.value
}

resource "openstack_networking_secgroup_rule_v2" "hosts_ssh_bastion" {
  count = local.bastion ? 1 : 0

  security_group_id = openstack_networking_secgroup_v2.hosts.id
  description       = "ssh from the bastion"
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 22
  port_range_max    = 22
  remote_group_id   = openstack_networking_secgroup_v2.bastion[0].id
}

# Octavia's machines stand in the subnet with addresses of its choice, and in no group that is known here.
resource "openstack_networking_secgroup_rule_v2" "hosts_balancer" {
  count = var.balancer == null ? 0 : 1

  security_group_id = openstack_networking_secgroup_v2.hosts.id
  description       = "The balancer's traffic and health checks"
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = var.balancer.host_port
  port_range_max    = var.balancer.host_port
  remote_ip_prefix  = local.subnet_cidr
}

resource "openstack_networking_secgroup_rule_v2" "bastion_out" {
  for_each = toset(local.bastion ? ["IPv4", "IPv6"] : [])

  security_group_id = openstack_networking_secgroup_v2.bastion[0].id
  description       = "Out to anywhere"
  direction         = "egress"
  ethertype         = each.value
}

resource "openstack_networking_secgroup_rule_v2" "bastion_ssh" {
  for_each = toset(local.bastion ? var.ssh_from : [])

  security_group_id = openstack_networking_secgroup_v2.bastion[0].id
  description       = "ssh"
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = var.bastion.port
  port_range_max    = var.bastion.port
  remote_ip_prefix  = each.value
}
