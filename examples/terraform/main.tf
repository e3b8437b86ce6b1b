# The stack that every ECS tutorial ends with: a VPC, a load balancer, a service behind it.
# It is for Amazon as it is for Homeport: there `eval "$(homeport env)"` is all that it needs.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "name" {
  default = "shop"
}

variable "vpc_cidr" {
  default = "10.20.0.0/16"
}

variable "port" {
  description = "Of the load balancer's listener"
  default     = 8080
}

variable "image" {
  default = "sample:latest"
}

variable "command" {
  type    = list(string)
  default = ["serve", "8080", "version one"]
}

variable "desired_count" {
  default = 2
}

output "url" {
  value = "http://${aws_lb.shop.dns_name}:${var.port}/"
}
