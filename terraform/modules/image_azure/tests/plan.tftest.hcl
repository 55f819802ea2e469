mock_provider "azurerm" {
  mock_resource "azurerm_shared_image_version" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/galleries/fedora_coreos_44.20260707.3.1/images/fedora-coreos/versions/44.20260707.3001" }
  }
}

variables {
  location             = "westeurope"
  resource_group_name  = "images"
  storage_account_name = "atomicimages"
  release              = "44.20260707.3.1"
  vhd                  = "tests/empty.vhd"
  sha256               = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
}

run "upload" {
  command = apply

  assert {
    condition     = azurerm_storage_blob.image.type == "Page" && azurerm_storage_blob.image.source == "tests/empty.vhd" && azurerm_storage_blob.image.metadata == tomap({ sha256 = var.sha256 }) && azurerm_storage_blob.image.name == "fedora-coreos-44.20260707.3.1-e3b0c44298fc.vhd"
    error_message = "a page blob that records its checksum"
  }
  assert {
    condition     = azurerm_storage_container.images.container_access_type == "private" && !azurerm_storage_account.images.allow_nested_items_to_be_public && azurerm_storage_account.images.min_tls_version == "TLS1_2"
    error_message = "nobody else reads the blob"
  }
  assert {
    condition     = azurerm_shared_image.image.hyper_v_generation == "V2" && azurerm_shared_image.image.os_type == "Linux" && azurerm_shared_image.image.trusted_launch_supported
    error_message = "an image of generation 2"
  }
  assert {
    condition     = azurerm_shared_image_version.image.name == "44.20260707.3001" && azurerm_shared_image_version.image.exclude_from_latest && azurerm_shared_image_version.image.tags == tomap({ release = "44.20260707.3.1", sha256 = var.sha256 })
    error_message = "the release's four numbers as three"
  }
  assert {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_.]{0,78}[A-Za-z0-9]$", azurerm_shared_image_gallery.images.name))
    error_message = "a name that galleries may have"
  }
  assert {
    condition     = endswith(output.id, "/versions/44.20260707.3001") && output.release == "44.20260707.3.1" && output.sha256 == var.sha256
    error_message = "id, release and checksum"
  }
}

run "generation_1" {
  command = plan

  variables {
    hyper_v_generation = "V1"
  }

  assert {
    condition     = azurerm_shared_image.image.hyper_v_generation == "V1" && !azurerm_shared_image.image.trusted_launch_supported
    error_message = "no trusted launch without UEFI"
  }
}
