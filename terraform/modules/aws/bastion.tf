resource "aws_instance" "bastion" {
  count = var.bastion == null ? 0 : 1

  ami                         = var.bastion.image
  instance_type               = coalesce(var.bastion.machine_type, var.machine_type)
  subnet_id                   = local.public_subnets[var.zones[0]]
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.bastion[0].id]
  key_name                    = one(aws_key_pair.this[*].key_name)
  user_data_base64            = try(sensitive(base64encode(var.bastion.first_boot)), null)
  tags                        = merge(local.tags, { Name = "${var.name}-bastion" })

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted   = true
    volume_size = var.disk_size
    volume_type = var.disk_type
    tags        = merge(local.tags, { Name = "${var.name}-bastion" })
  }

  depends_on = [
    aws_route.public,
    aws_route_table_association.public,
    aws_vpc_security_group_egress_rule.bastion,
  ]

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [associate_public_ip_address, key_name, user_data, user_data_base64]
  }
}

# The address outlives the machine: it stays when the bastion is replaced or stopped.
resource "aws_eip" "bastion" {
  count = var.bastion == null ? 0 : 1

  domain     = "vpc"
  instance   = aws_instance.bastion[0].id
  tags       = merge(local.tags, { Name = "${var.name}-bastion" })
  depends_on = [aws_internet_gateway.this]
}
