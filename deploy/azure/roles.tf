# Each right, its smallest scope. Roles with actions of their own are made where Azure's nearest one may do more.
resource "azurerm_role_assignment" "airflow_lake" {
  for_each             = { lake = azurerm_storage_container.lake.id, logs = azurerm_storage_container.logs.id }
  scope                = each.value
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.main["airflow"].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "airflow_secrets" {
  scope                = azurerm_key_vault.run.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.main["airflow"].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "setup_secrets" {
  scope                = azurerm_key_vault.admin.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.main["setup"].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "nodes_pull" {
  scope                = azurerm_container_registry.main.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.main["nodes"].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "cluster_uses_nodes" {
  scope                = azurerm_user_assigned_identity.main["nodes"].id
  role_definition_name = "Managed Identity Operator"
  principal_id         = azurerm_user_assigned_identity.main["cluster"].principal_id
  principal_type       = "ServicePrincipal"
}

# Azure's own guide gives the cluster Network Contributor: this is what of it a node needs to be in the subnet.
resource "azurerm_role_definition" "join" {
  name        = "${var.name} joins the nodes' subnet"
  scope       = azurerm_subnet.nodes.id
  description = "What AKS needs of a subnet that it does not own."
  permissions {
    actions = ["Microsoft.Network/virtualNetworks/subnets/join/action", "Microsoft.Network/virtualNetworks/subnets/read"]
  }
  assignable_scopes = [azurerm_subnet.nodes.id]
}

resource "azurerm_role_assignment" "cluster_joins_subnet" {
  scope              = azurerm_subnet.nodes.id
  role_definition_id = azurerm_role_definition.join.role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.main["cluster"].principal_id
  principal_type     = "ServicePrincipal"
}

resource "azurerm_role_assignment" "deploy_push" {
  scope                = azurerm_container_registry.main.id
  role_definition_name = "AcrPush"
  principal_id         = azurerm_user_assigned_identity.main["deploy"].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "deploy_find" {
  scope                = azurerm_kubernetes_cluster.main.id
  role_definition_name = "Azure Kubernetes Service Cluster User Role"
  principal_id         = azurerm_user_assigned_identity.main["deploy"].principal_id
  principal_type       = "ServicePrincipal"
}

# In the chart's namespace alone. The chart has roles and bindings of its own, which a Writer may not make.
resource "azurerm_role_assignment" "deploy_install" {
  scope                = "${azurerm_kubernetes_cluster.main.id}/namespaces/${var.namespace}"
  role_definition_name = "Azure Kubernetes Service RBAC Admin"
  principal_id         = azurerm_user_assigned_identity.main["deploy"].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "people_secrets" {
  for_each             = { run = azurerm_key_vault.run.id, admin = azurerm_key_vault.admin.id }
  scope                = each.value
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = var.administrators.object_id
  principal_type       = "Group"
}

resource "azurerm_role_assignment" "people_cluster" {
  scope                = azurerm_kubernetes_cluster.main.id
  role_definition_name = "Azure Kubernetes Service RBAC Cluster Admin"
  principal_id         = var.administrators.object_id
  principal_type       = "Group"
}
