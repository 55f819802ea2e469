# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what the guard has to know of each provider's resources. Data, and nothing else.

Taken from the providers' own sources: hashicorp/aws ``internal/service/ec2/ec2_instance.go``, hashicorp/azurerm
``internal/services/compute/linux_virtual_machine_resource.go``, hashicorp/google
``services/compute/resource_compute_instance.go``, openstack ``resource_openstack_compute_instance_v2.go``. What one
version of a provider changes in place, and another by a new machine, stands here too.
"""

from __future__ import annotations

# A machine, and the attributes whose change, in place, stops or restarts it.
STOPS: dict[str, frozenset[str]] = {
    "aws_instance": frozenset(
        {
            "capacity_reservation_specification",
            "cpu_core_count",
            "cpu_options",
            "cpu_threads_per_core",
            "ebs_optimized",
            "instance_type",
            "user_data",
            "user_data_base64",
        }
    ),
    "azurerm_linux_virtual_machine": frozenset(
        {
            "additional_capabilities",
            "capacity_reservation_group_id",
            "dedicated_host_group_id",
            "dedicated_host_id",
            "disk_controller_type",
            "encryption_at_host_enabled",
            "max_bid_price",
            "network_interface_ids",
            "os_disk",
            "proximity_placement_group_id",
            "size",
        }
    ),
    "google_compute_instance": frozenset(
        {
            "advanced_machine_features",
            "desired_status",
            "enable_display",
            "machine_type",
            "min_cpu_platform",
            "network_interface",
            "scheduling",
            "service_account",
            "shielded_instance_config",
        }
    ),
    "openstack_compute_instance_v2": frozenset({"flavor_id", "flavor_name", "power_state"}),
    # of the lab: what keeps a host's files, and what keeps it running
    "terraform_data": frozenset(),
}
# The same for what makes the machine anew in place, its disk included.
REBUILDS: dict[str, frozenset[str]] = {
    "openstack_compute_instance_v2": frozenset({"image_id", "image_name", "personality"}),
}
# What switches a machine that another resource made: its type, and the attribute that names the machine.
SWITCHES: dict[str, str] = {"aws_ec2_instance_state": "instance_id"}

# What a machine is known by: the contract's ``id`` is one of these, and what puts it behind a balancer names another.
IDENTITY = (
    "id",
    "self_link",
    "instance_id",
    "private_ip",
    "private_ip_address",
    "access_ip_v4",
    "network_interface_ids",
)

# What puts a machine behind a balancer: the attributes that name it.
MEMBERS: dict[str, tuple[str, ...]] = {
    "aws_lb_target_group_attachment": ("target_id",),
    "azurerm_lb_backend_address_pool_address": ("ip_address", "name"),
    "azurerm_network_interface_backend_address_pool_association": ("network_interface_id",),
    "openstack_lb_member_v2": ("address",),
}
# Of these, each of which has a weight of its own: the attribute that holds it, and those that name the pool.
WEIGHTS: dict[str, tuple[str, str, str]] = {"openstack_lb_member_v2": ("weight", "name", "tags")}
# Without these nothing reaches any host.
BALANCERS = frozenset(
    {
        "aws_lb",
        "aws_lb_listener",
        "azurerm_lb",
        "azurerm_lb_backend_address_pool",
        "azurerm_lb_rule",
        "google_compute_forwarding_rule",
        "google_compute_global_forwarding_rule",
        "google_compute_region_target_http_proxy",
        "google_compute_region_url_map",
        "google_compute_target_http_proxy",
        "google_compute_url_map",
        "openstack_lb_listener_v2",
        "openstack_lb_loadbalancer_v2",
        "openstack_lb_pool_v2",
    }
)
# What keeps data that no image holds.
DISKS = frozenset(
    {
        "aws_ebs_volume",
        "aws_efs_file_system",
        "aws_fsx_lustre_file_system",
        "azurerm_managed_disk",
        "google_compute_disk",
        "google_compute_region_disk",
        "google_filestore_instance",
        "openstack_blockstorage_volume_v3",
        "openstack_sharedfilesystem_share_v2",
    }
)
# Attributes that hold a first-boot configuration, and with it keys: never shown, whatever the provider says of them.
FIRST_BOOT = frozenset({"custom_data", "metadata", "metadata_startup_script", "user_data", "user_data_base64"})
