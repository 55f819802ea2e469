# By itself the provider takes a changed image for an order to rebuild the machine where it stands, disk and all: this
# turns it into a new machine, made before the old one goes. An apply that broke off in between has this behind it: then
# the new port makes a new machine, for none can change its port.
resource "terraform_data" "machine" {
  for_each = local.hosts

  input = local.port_names[each.key]
}

resource "openstack_networking_port_v2" "host" {
  for_each = local.ports

  name               = each.key
  network_id         = local.network_id
  admin_state_up     = true
  security_group_ids = [openstack_networking_secgroup_v2.hosts.id]
  tags               = concat(local.tags, ["atomic-fleet-pool=${each.value.pool}"])

  fixed_ip {
    subnet_id = local.subnet_id
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "openstack_compute_instance_v2" "host" {
  for_each = local.hosts

  name              = each.key
  image_id          = each.value.disk_size == null ? each.value.image : null
  flavor_name       = each.value.machine_type
  availability_zone = each.value.zone
  key_pair          = openstack_compute_keypair_v2.this.name
  user_data         = lookup(var.first_boot_by_host, each.key, var.first_boot)
  config_drive      = true
  metadata          = merge(each.value.labels, { atomic-fleet = var.name, atomic-fleet-pool = each.value.pool })

  network {
    port = local.port_ids[local.port_names[each.key]]
  }

  dynamic "block_device" {
    for_each = each.value.disk_size[*]

    content {
      uuid                  = each.value.image
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
    replace_triggered_by  = [terraform_data.machine[each.key]]
    # both are read at the first boot alone, and a change of either would replace the host
    ignore_changes = [user_data, key_pair]
  }

  # a first boot may want the way out
  depends_on = [openstack_networking_router_interface_v2.made, openstack_networking_secgroup_rule_v2.hosts_out]
}

resource "openstack_networking_floatingip_v2" "host" {
  for_each = var.public_addresses ? local.hosts : {}

  pool        = var.external_network
  description = each.key
  port_id     = local.attached[each.key]
  tags        = concat(local.tags, ["atomic-fleet-pool=${each.value.pool}"])

  depends_on = [openstack_networking_router_interface_v2.made]
}
