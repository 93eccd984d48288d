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
    postgres = azurerm_postgresql_flexible_server.main.id
    run      = azurerm_key_vault.run.id
    admin    = azurerm_key_vault.admin.id
    registry = azurerm_container_registry.main.id
    lake     = "${azurerm_storage_account.lake.id}/blobServices/default"
  }
  name                       = "medallion"
  target_resource_id         = each.value
  log_analytics_workspace_id = azurerm_log_analytics_workspace.main.id
  enabled_log {
    category_group = "audit"
  }
}

# Who has changed what in the cluster, and who was let in. Not its whole audit log: that has each reading, too, and
# would use up the limit of a day.
resource "azurerm_monitor_diagnostic_setting" "cluster" {
  name                       = "medallion"
  target_resource_id         = azurerm_kubernetes_cluster.main.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.main.id
  dynamic "enabled_log" {
    for_each = ["kube-audit-admin", "guard"]
    content {
      category = enabled_log.value
    }
  }
}
