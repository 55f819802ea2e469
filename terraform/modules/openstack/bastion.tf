# As with hosts: a changed image makes a new port and a new machine.
resource "terraform_data" "bastion" {
  count = local.bastion ? 1 : 0

  input = local.bastion_port
}

resource "openstack_networking_port_v2" "bastion" {
  for_each = toset(local.bastion_port[*])

  name               = each.key
  network_id         = local.network_id
  admin_state_up     = true
  security_group_ids = [openstack_networking_secgroup_v2.bastion[0].id]
  tags               = local.tags

  fixed_ip {
    subnet_id = local.subnet_id
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "openstack_compute_instance_v2" "bastion" {
  count = local.bastion ? 1 : 0

  name              = "${var.name}-bastion"
  image_id          = var.disk_size == null ? var.bastion.image : null
  flavor_name       = coalesce(var.bastion.machine_type, var.machine_type)
  availability_zone = var.zones[0]
  key_pair          = openstack_compute_keypair_v2.this.name
  user_data         = sensitive(var.bastion.first_boot)
  config_drive      = true
  metadata          = merge(var.labels, { atomic-fleet = var.name })

  network {
    port = openstack_networking_port_v2.bastion[local.bastion_port].id
  }

  dynamic "block_device" {
    for_each = var.disk_size[*]

    content {
      uuid                  = var.bastion.image
      source_type           = "image"
      destination_type      = "volume"
      boot_index            = 0
      volume_size           = block_device.value
      volume_type           = var.disk_type
      delete_on_termination = true
    }
  }

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.bastion[count.index]]
    ignore_changes        = [user_data, key_pair]
  }

  depends_on = [openstack_networking_router_interface_v2.made, openstack_networking_secgroup_rule_v2.bastion_out]
}

resource "openstack_networking_floatingip_v2" "bastion" {
  count = local.bastion ? 1 : 0

  pool        = var.external_network
  description = "${var.name}-bastion"
  port_id     = openstack_compute_instance_v2.bastion[0].network[0].port
  tags        = local.tags

  depends_on = [openstack_networking_router_interface_v2.made]
}
