resource "azurerm_resource_group" "main" {
  name     = var.name
  location = var.location
  tags     = var.tags
}

resource "azurerm_virtual_network" "main" {
  name                = var.name
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  address_space       = [var.address_space]
  tags                = var.tags
}

resource "azurerm_subnet" "nodes" {
  name                 = "nodes"
  resource_group_name  = azurerm_resource_group.main.name
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = [cidrsubnet(var.address_space, 6, 0)]
}

resource "azurerm_subnet" "endpoints" {
  name                 = "endpoints"
  resource_group_name  = azurerm_resource_group.main.name
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = [cidrsubnet(var.address_space, 8, 4)]
  # So that the rules below hold for private endpoints, too.
  private_endpoint_network_policies = "Enabled"
}

# Who reaches the services' addresses: nodes, whose addresses their pods have outside of the cluster, and those that
# operator_ranges names. Azure's own rules would let in the whole network and all its peers. The rules of nodes are
# AKS' own.
resource "azurerm_network_security_group" "endpoints" {
  name                = "${var.name}-endpoints"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  tags                = var.tags
}

resource "azurerm_network_security_rule" "reach" {
  for_each = {
    for name, one in {
      nodes     = { priority = 100, ranges = azurerm_subnet.nodes.address_prefixes }
      operators = { priority = 110, ranges = var.operator_ranges }
    } : name => one if length(one.ranges) > 0
  }
  name                         = each.key
  resource_group_name          = azurerm_resource_group.main.name
  network_security_group_name  = azurerm_network_security_group.endpoints.name
  priority                     = each.value.priority
  direction                    = "Inbound"
  access                       = "Allow"
  protocol                     = "Tcp"
  source_address_prefixes      = each.value.ranges
  source_port_range            = "*"
  destination_address_prefixes = azurerm_subnet.endpoints.address_prefixes
  destination_port_ranges      = ["443", "5432"]
}

# Nobody else gets in, and none of the services begins a connection of its own.
resource "azurerm_network_security_rule" "closed" {
  for_each                    = toset(["Inbound", "Outbound"])
  name                        = "closed-${lower(each.key)}"
  resource_group_name         = azurerm_resource_group.main.name
  network_security_group_name = azurerm_network_security_group.endpoints.name
  priority                    = 4096
  direction                   = each.key
  access                      = "Deny"
  protocol                    = "*"
  source_address_prefix       = "*"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "*"
}

resource "azurerm_subnet_network_security_group_association" "endpoints" {
  subnet_id                 = azurerm_subnet.endpoints.id
  network_security_group_id = azurerm_network_security_group.endpoints.id
  # Rules first: until they are there, a group lets in what Azure's own rules do.
  depends_on = [azurerm_network_security_rule.reach, azurerm_network_security_rule.closed]
}

locals {
  # What is reached by an address of the network and by no other: service, its part, the zone of its name.
  endpoints = {
    blob     = { service = azurerm_storage_account.lake.id, part = "blob", zone = "privatelink.blob.core.windows.net" }
    dfs      = { service = azurerm_storage_account.lake.id, part = "dfs", zone = "privatelink.dfs.core.windows.net" }
    postgres = { service = azurerm_postgresql_flexible_server.main.id, part = "postgresqlServer", zone = "privatelink.postgres.database.azure.com" }
    vault    = { service = azurerm_key_vault.run.id, part = "vault", zone = "privatelink.vaultcore.azure.net" }
    admin    = { service = azurerm_key_vault.admin.id, part = "vault", zone = "privatelink.vaultcore.azure.net" }
    registry = { service = azurerm_container_registry.main.id, part = "registry", zone = "privatelink.azurecr.io" }
  }
}

resource "azurerm_private_dns_zone" "main" {
  for_each            = toset([for one in local.endpoints : one.zone])
  name                = each.key
  resource_group_name = azurerm_resource_group.main.name
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "main" {
  for_each            = azurerm_private_dns_zone.main
  name                = var.name
  private_dns_zone_id = each.value.id
  virtual_network_id  = azurerm_virtual_network.main.id
  tags                = var.tags
}

resource "azurerm_private_endpoint" "main" {
  for_each            = local.endpoints
  name                = "${var.name}-${each.key}"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  subnet_id           = azurerm_subnet.endpoints.id
  tags                = var.tags
  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value.service
    subresource_names              = [each.value.part]
    is_manual_connection           = false
  }
  private_dns_zone_group {
    name                 = "default"
    private_dns_zone_ids = [azurerm_private_dns_zone.main[each.value.zone].id]
  }
}
