# AKS and not Container Apps: KubernetesExecutor starts a pod a task, for which it needs Kubernetes' API, and
# deploy/helm/medallion is made for it.
resource "azurerm_kubernetes_cluster" "main" {
  name                              = var.name
  resource_group_name               = azurerm_resource_group.main.name
  location                          = azurerm_resource_group.main.location
  dns_prefix                        = var.name
  sku_tier                          = var.size == "small" ? "Free" : "Standard"
  automatic_upgrade_channel         = "patch"
  node_os_upgrade_channel           = "NodeImage"
  private_cluster_enabled           = length(var.api_server_ranges) == 0
  role_based_access_control_enabled = true
  local_account_disabled            = true
  run_command_enabled               = false
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true
  tags                              = var.tags
  azure_active_directory_role_based_access_control {
    azure_rbac_enabled = true
    tenant_id          = data.azurerm_client_config.current.tenant_id
  }
  dynamic "api_server_access_profile" {
    for_each = length(var.api_server_ranges) == 0 ? [] : [var.api_server_ranges]
    content {
      authorized_ip_ranges = api_server_access_profile.value
    }
  }
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.main["cluster"].id]
  }
  kubelet_identity {
    client_id                 = azurerm_user_assigned_identity.main["nodes"].client_id
    object_id                 = azurerm_user_assigned_identity.main["nodes"].principal_id
    user_assigned_identity_id = azurerm_user_assigned_identity.main["nodes"].id
  }
  default_node_pool {
    name                        = "system"
    vm_size                     = local.size.system
    node_count                  = local.size.systems
    vnet_subnet_id              = azurerm_subnet.nodes.id
    zones                       = var.zone_redundant ? ["1", "2", "3"] : null
    temporary_name_for_rotation = "rotation"
    os_sku                      = "AzureLinux"
    upgrade_settings {
      max_surge = "33%"
    }
  }
  node_provisioning_profile {
    mode = "Manual"
  }
  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium" # which holds pods to the chart's network policies
    network_policy      = "cilium"
  }
  key_vault_secrets_provider {
    secret_rotation_enabled = true
  }
  oms_agent {
    log_analytics_workspace_id      = azurerm_log_analytics_workspace.main.id
    msi_auth_for_monitoring_enabled = true
  }
  depends_on = [azurerm_role_assignment.cluster_uses_nodes, azurerm_role_assignment.cluster_joins_subnet]
}

# Tasks alone: no node of it waits while none runs.
resource "azurerm_kubernetes_cluster_node_pool" "tasks" {
  name                        = "tasks"
  kubernetes_cluster_id       = azurerm_kubernetes_cluster.main.id
  vm_size                     = local.size.tasks
  auto_scaling_enabled        = true
  min_count                   = 0
  max_count                   = local.size.tasks_most
  vnet_subnet_id              = azurerm_subnet.nodes.id
  zones                       = var.zone_redundant ? ["1", "2", "3"] : null
  os_sku                      = "AzureLinux"
  temporary_name_for_rotation = "taskrotation"
  node_labels                 = { "medallion/pool" = "tasks" }
  tags                        = var.tags
}
