variable "name" {
  description = "What all names begin with. Storage account, vaults and registry are unique in all of Azure: take one that says whose it is."
  type        = string
  default     = "medallion"
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{3,13}$", var.name))
    error_message = "4 to 14 small letters and digits, a letter first: storage accounts allow no others, a workspace of logs has no fewer, and the name gets up to 9 more."
  }
}

variable "location" {
  description = "Azure's region. Three availability zones are needed where zone_redundant is true."
  type        = string
}

variable "size" {
  description = "small, medium or large: docs/azure.md says what each has."
  type        = string
  default     = "small"
  validation {
    condition     = contains(["small", "medium", "large"], var.size)
    error_message = "It is small, medium or large."
  }
}

variable "zone_redundant" {
  description = "Whether PostgreSQL has a standby in another zone, and the lake copies in three. PostgreSQL's price doubles."
  type        = bool
  default     = false
}

variable "administrators" {
  description = "The group of Entra ID whose members administer PostgreSQL, the cluster and the vaults."
  type        = object({ object_id = string, name = string })
}

variable "github" {
  description = "OWNER/REPOSITORY whose environment `production` may push images and deploy; empty: none may. GitHub's settings of that environment say which branches may use it: name main alone."
  type        = string
  default     = ""
}

variable "namespace" {
  description = "Where in the cluster the Helm chart is installed."
  type        = string
  default     = "data"
}

variable "release" {
  description = "The Helm release. Its service accounts are RELEASE-pods, RELEASE-task and so on."
  type        = string
  default     = "medallion"
}

variable "api_server_ranges" {
  description = "Addresses that may reach Kubernetes' API; empty: it is private, and reached from the network alone."
  type        = list(string)
  default     = []
}

variable "operator_ranges" {
  description = "Addresses of your network from which people administer and jobs deploy: they reach vaults, PostgreSQL, lake and registry. A VPN's, a runner's; empty: only the cluster does."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for one in var.operator_ranges : can(cidrhost(one, 0)) && !endswith(one, "/0")])
    error_message = "Each is a range such as 10.9.0.0/24, and none of them is everybody."
  }
}

variable "address_space" {
  description = "A /16 of your own that no peer of the network has."
  type        = string
  default     = "10.80.0.0/16"
}

variable "tags" {
  type    = map(string)
  default = {}
}

locals {
  sizes = {
    # Tasks take some 1 GB each; the system pool holds Airflow's own components.
    small = {
      postgres = "GP_Standard_D2ds_v5", storage_mb = 131072
      system   = "Standard_D2ds_v5", systems = 2
      tasks    = "Standard_D2ds_v5", tasks_most = 2
    }
    medium = {
      postgres = "GP_Standard_D4ds_v5", storage_mb = 524288
      system   = "Standard_D2ds_v5", systems = 3
      tasks    = "Standard_D4ds_v5", tasks_most = 4
    }
    large = {
      postgres = "MO_Standard_E8ds_v5", storage_mb = 2097152
      system   = "Standard_D4ds_v5", systems = 3
      tasks    = "Standard_D8ds_v5", tasks_most = 8
    }
  }
  size = local.sizes[var.size]
}
