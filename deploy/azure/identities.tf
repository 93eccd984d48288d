# Who does what. Nobody here is Owner or Contributor of anything: tests/deploy/azure holds it to that.
locals {
  identities = {
    airflow = "Airflow's components and tasks: the lake, their secrets, PostgreSQL as the loader"
    setup   = "the job `setup` of the chart: the administrator's secrets"
    cluster = "AKS itself: it puts nodes into the network"
    nodes   = "the nodes: they pull images"
    deploy  = "the repository's environment `production`: it pushes images and installs the chart"
  }
  # Service accounts of the chart, by identity. The job `setup` migrates Airflow's database, too, so it reads both
  # vaults: each class of the CSI driver names the identity that it is read by.
  accounts = merge(
    { for one in ["pods", "task", "scheduler", "api-server", "setup"] : "airflow-${one}" => { identity = "airflow", account = one } },
    { setup = { identity = "setup", account = "setup" } },
  )
}

resource "azurerm_user_assigned_identity" "main" {
  for_each            = local.identities
  name                = "${var.name}-${each.key}"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  tags                = merge(var.tags, { purpose = each.value })
}

resource "azurerm_federated_identity_credential" "accounts" {
  for_each                  = local.accounts
  name                      = each.key
  user_assigned_identity_id = azurerm_user_assigned_identity.main[each.value.identity].id
  issuer                    = azurerm_kubernetes_cluster.main.oidc_issuer_url
  subject                   = "system:serviceaccount:${var.namespace}:${var.release}-${each.value.account}"
  audience                  = ["api://AzureADTokenExchange"]
}

resource "azurerm_federated_identity_credential" "deploy" {
  count                     = var.github == "" ? 0 : 1
  name                      = "production"
  user_assigned_identity_id = azurerm_user_assigned_identity.main["deploy"].id
  issuer                    = "https://token.actions.githubusercontent.com"
  subject                   = "repo:${var.github}:environment:production"
  audience                  = ["api://AzureADTokenExchange"]
}
