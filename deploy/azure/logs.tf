resource "azurerm_log_analytics_workspace" "main" {
  name                         = var.name
  resource_group_name          = azurerm_resource_group.main.name
  location                     = azurerm_resource_group.main.location
  sku                          = "PerGB2018"
  retention_in_days            = 30
  local_authentication_enabled = false
  # A loop that logs is stopped by it, and not by the bill.
  daily_quota_gb = { small = 1, medium = 5, large = 20 }[var.size]
  tags           = var.tags
}

resource "azurerm_monitor_diagnostic_setting" "main" {
  for_each = {
    postgres = { target = azurerm_postgresql_flexible_server.main.id, group = "audit" }
    run      = { target = azurerm_key_vault.run.id, group = "audit" }
    admin    = { target = azurerm_key_vault.admin.id, group = "audit" }
    registry = { target = azurerm_container_registry.main.id, group = "audit" }
    lake     = { target = "${azurerm_storage_account.lake.id}/blobServices/default", group = "audit" }
  }
  name                       = "medallion"
  target_resource_id         = each.value.target
  log_analytics_workspace_id = azurerm_log_analytics_workspace.main.id
  enabled_log {
    category_group = each.value.group
  }
}
