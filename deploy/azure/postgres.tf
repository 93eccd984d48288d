resource "azurerm_postgresql_flexible_server" "main" {
  name                          = "${var.name}-postgres"
  resource_group_name           = azurerm_resource_group.main.name
  location                      = azurerm_resource_group.main.location
  version                       = "17"
  sku_name                      = local.size.postgres
  storage_mb                    = local.size.storage_mb
  auto_grow_enabled             = true
  backup_retention_days         = 14
  public_network_access_enabled = false
  tags                          = var.tags
  # Both: the loader logs in by a token, the roles that Medallion makes by passwords that it derives, and Airflow's
  # own database by one from the vault.
  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = true
    tenant_id                     = data.azurerm_client_config.current.tenant_id
  }
  # Who administers does so by Entra ID. Azure wants this login; its password is written and never kept in the state.
  administrator_login               = "unused"
  administrator_password_wo         = var.unused_password
  administrator_password_wo_version = 1
  dynamic "high_availability" {
    for_each = var.zone_redundant ? ["ZoneRedundant"] : []
    content {
      mode = high_availability.value
    }
  }
  lifecycle {
    prevent_destroy = true
    # After a failover the zones have changed places: they stay so.
    ignore_changes = [zone, high_availability[0].standby_availability_zone]
  }
}

variable "unused_password" {
  description = "Of PostgreSQL's administrator with a password, which nobody uses: TF_VAR_unused_password=$(openssl rand -base64 48)."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "azurerm_postgresql_flexible_server_active_directory_administrator" "people" {
  server_name         = azurerm_postgresql_flexible_server.main.name
  resource_group_name = azurerm_resource_group.main.name
  tenant_id           = data.azurerm_client_config.current.tenant_id
  object_id           = var.administrators.object_id
  principal_name      = var.administrators.name
  principal_type      = "Group"
}

resource "azurerm_postgresql_flexible_server_database" "main" {
  for_each  = toset(["airflow", "warehouse"])
  name      = each.key
  server_id = azurerm_postgresql_flexible_server.main.id
  charset   = "UTF8"
  collation = "en_US.utf8"
  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "main" {
  for_each  = { require_secure_transport = "on", ssl_min_protocol_version = "TLSv1.2", log_checkpoints = "on" }
  name      = each.key
  value     = each.value
  server_id = azurerm_postgresql_flexible_server.main.id
}
