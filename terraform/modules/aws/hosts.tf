resource "aws_instance" "host" {
  for_each = local.hosts

  ami                         = var.pools[each.value.pool].image
  instance_type               = coalesce(var.pools[each.value.pool].machine_type, var.machine_type)
  subnet_id                   = local.host_subnets[each.value.zone]
  associate_public_ip_address = var.public_addresses
  vpc_security_group_ids      = [aws_security_group.hosts.id]
  key_name                    = one(aws_key_pair.this[*].key_name)
  user_data_base64            = try(base64encode(lookup(var.first_boot_by_host, each.key, var.first_boot)), null)

  tags = merge(var.labels, var.pools[each.value.pool].labels, {
    Name              = each.key
    atomic-fleet      = var.name
    atomic-fleet-pool = each.value.pool
  })

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted   = true
    volume_size = coalesce(var.pools[each.value.pool].disk_size, var.disk_size)
    volume_type = var.disk_type
    tags        = merge(local.tags, { Name = each.key })
  }

  # a host's first boot finds its way out
  depends_on = [
    aws_route.private,
    aws_route.public,
    aws_route_table_association.private,
    aws_route_table_association.public,
    aws_vpc_security_group_egress_rule.hosts,
  ]

  lifecycle {
    create_before_destroy = true
    # What was told at the first boot was told. EC2 takes the public address of a stopped machine away: that is no
    # reason to replace it.
    ignore_changes = [associate_public_ip_address, key_name, user_data, user_data_base64]
  }
}
