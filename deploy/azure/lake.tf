resource "azurerm_storage_account" "lake" {
  name                            = "${var.name}lake"
  resource_group_name             = azurerm_resource_group.main.name
  location                        = azurerm_resource_group.main.location
  account_tier                    = "Standard"
  account_kind                    = "StorageV2"
  account_replication_type        = var.zone_redundant ? "ZRS" : "LRS"
  is_hns_enabled                  = true
  min_tls_version                 = "TLS1_2"
  public_network_access_enabled   = false
  allow_nested_items_to_be_public = false
  # Nobody has a key: whoever reads or writes is an identity, and can be found in the log.
  shared_access_key_enabled       = false
  default_to_oauth_authentication = true
  local_user_enabled              = false
  tags                            = var.tags
  blob_properties {
    # What somebody deletes can be had back; what Medallion's retention deletes stays for as long, too.
    delete_retention_policy {
      days = 14
    }
    container_delete_retention_policy {
      days = 14
    }
  }
  # Another name or region would be a new account, and the end of this one: Terraform refuses that.
  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "lake" {
  name               = "lake"
  storage_account_id = azurerm_storage_account.lake.id
  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "logs" {
  name               = "logs"
  storage_account_id = azurerm_storage_account.lake.id
}
