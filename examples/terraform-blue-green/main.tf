# A service that CodeDeploy deploys: blue and green behind one load balancer, in the default VPC.
# Terraform makes it; from then on `aws ecs deploy` or `aws deploy create-deployment` moves it.
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
  default = "store"
}

variable "port" {
  description = "Of the load balancer's production listener"
  default     = 8090
}

variable "test_port" {
  description = "Of its test listener, which serves green before production does"
  default     = 8091
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
  value = "http://${aws_lb.store.dns_name}:${var.port}/"
}

output "task_definition" {
  value = aws_ecs_task_definition.web.arn
}
