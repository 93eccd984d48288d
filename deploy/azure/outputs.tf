output "values" {
  description = "What deploy/helm/examples/azure.yaml leaves open: terraform output -json values > values.json; helm … --values values.json"
  value = {
    image    = { repository = "${azurerm_container_registry.main.login_server}/medallion" }
    identity = { annotations = { "azure.workload.identity/client-id" = azurerm_user_assigned_identity.main["airflow"].client_id } }
  }
}

output "loader" {
  description = "The name that the loader logs in to PostgreSQL by, and its object id, for pgaadauth_create_principal_with_oid."
  value = {
    name      = azurerm_user_assigned_identity.main["airflow"].name
    object_id = azurerm_user_assigned_identity.main["airflow"].principal_id
  }
}

output "postgres" {
  value = azurerm_postgresql_flexible_server.main.fqdn
}

output "vaults" {
  value = { run = azurerm_key_vault.run.vault_uri, admin = azurerm_key_vault.admin.vault_uri }
}

output "clients" {
  description = "Client ids, by identity: for SecretProviderClasses and for the repository's variables."
  value       = { for name, one in azurerm_user_assigned_identity.main : name => one.client_id }
}

output "lake_account" {
  value = azurerm_storage_account.lake.name
}
