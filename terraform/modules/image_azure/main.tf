locals {
  # A gallery's versions have three numbers, a release has four: STREAM.REVISION becomes STREAM * 1000 + REVISION.
  numbers = [for number in split(".", var.release) : tonumber(number)]
  version = format("%d.%d.%d", local.numbers[0], local.numbers[1], local.numbers[2] * 1000 + local.numbers[3])
  tags    = merge(var.labels, { release = var.release, sha256 = var.sha256 })
}

resource "azurerm_storage_account" "images" {
  name                            = var.storage_account_name
  resource_group_name             = var.resource_group_name
  location                        = var.location
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
  tags                            = local.tags
}

resource "azurerm_storage_container" "images" {
  name                  = "images"
  storage_account_id    = azurerm_storage_account.images.id
  container_access_type = "private"
}

resource "azurerm_storage_blob" "image" {
  name                 = "${var.name}-${var.release}-${substr(var.sha256, 0, 12)}.vhd"
  storage_container_id = azurerm_storage_container.images.id
  type                 = "Page"
  source               = var.vhd
  metadata             = { sha256 = var.sha256 }

  lifecycle {
    # Where the file lies on the machine that uploaded it does not make it another image: the name has its sha256.
    ignore_changes = [source]
  }
}

resource "azurerm_shared_image_gallery" "images" {
  name                = replace("${var.name}_${var.release}", "/[^a-z0-9.]/", "_")
  resource_group_name = var.resource_group_name
  location            = var.location
  description         = "Images of atomic hosts."
  tags                = local.tags
}

resource "azurerm_shared_image" "image" {
  name                     = var.name
  gallery_name             = azurerm_shared_image_gallery.images.name
  resource_group_name      = var.resource_group_name
  location                 = var.location
  os_type                  = "Linux"
  architecture             = var.architecture
  hyper_v_generation       = var.hyper_v_generation
  trusted_launch_supported = var.hyper_v_generation == "V2" && var.architecture == "x64"
  tags                     = local.tags

  identifier {
    publisher = "atomic-fleet"
    offer     = var.name
    sku       = "${var.architecture}-${var.hyper_v_generation}"
  }
}

resource "azurerm_shared_image_version" "image" {
  name                = local.version
  image_name          = azurerm_shared_image.image.name
  gallery_name        = azurerm_shared_image_gallery.images.name
  resource_group_name = var.resource_group_name
  location            = var.location
  blob_uri            = azurerm_storage_blob.image.url
  storage_account_id  = azurerm_storage_account.images.id
  exclude_from_latest = true # nothing here asks for the latest
  tags                = local.tags

  target_region {
    name                   = var.location
    regional_replica_count = var.replicas
  }
}
