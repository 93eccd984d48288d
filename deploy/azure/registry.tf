resource "azurerm_container_registry" "main" {
  name                          = "${var.name}images"
  resource_group_name           = azurerm_resource_group.main.name
  location                      = azurerm_resource_group.main.location
  sku                           = "Premium" # the cheapest with private endpoints
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = false
  zone_redundancy_enabled       = var.zone_redundant
  retention_policy_in_days      = 30
  tags                          = var.tags
}
