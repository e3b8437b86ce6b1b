# A service that ECS itself deploys blue/green, behind one load balancer, in the default VPC: every
# `terraform apply` of another task definition brings up green, shifts the traffic, and ends blue.
# It is for Amazon as it is for Homeport: there `eval "$(homeport env)"` is all that it needs.
#
# Version 5 of the AWS provider has no words for a service's strategy.  `service.tf` therefore says
# it by the aws CLI, once; with version 6 it belongs into `deployment_configuration`.

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

variable "port" {
  description = "Of the load balancer's listener"
  default     = 8092
}

variable "image" {
  default = "sample:latest"
}

variable "command" {
  type    = list(string)
  default = ["serve", "8080", "version one"]
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

output "url" {
  value = "http://${aws_lb.shop.dns_name}:${var.port}/"
}

output "cluster" {
  value = aws_ecs_cluster.shop.name
}
