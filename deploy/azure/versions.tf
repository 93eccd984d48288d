terraform {
  required_version = ">= 1.11" # write-only arguments
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "5.10.0"
    }
  }
  # Where the state is kept is yours to say: a container of a storage account that only those may read who run this.
  # backend "azurerm" {}
}

provider "azurerm" {
  # Nothing here has a key: Terraform itself comes by Entra ID, too.
  storage_use_azuread = true
  features {}
}

data "azurerm_client_config" "current" {}
