terraform {
  required_version = ">= 1.9.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.80, < 5.0" # a blob by the id of its container
    }
  }
}
