terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}
provider "aws" { region = "us-east-1" }
resource "aws_ecs_cluster" "c" {
  name = "tf"
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
  tags = { a = "b" }
}
resource "aws_ecs_cluster_capacity_providers" "c" {
  cluster_name       = aws_ecs_cluster.c.name
  capacity_providers = ["FARGATE"]
  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
    base              = 1
  }
}
resource "aws_cloudwatch_log_group" "g" {
  name              = "/tf"
  retention_in_days = 7
  tags              = { a = "b" }
}
resource "aws_ecs_task_definition" "t" {
  family                   = "tf"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = "arn:aws:iam::000000000000:role/x"
  container_definitions = jsonencode([{ name = "web", image = "sample:latest", essential = true, portMappings = [{ containerPort = 80 }], environment = [{ name = "A", value = "b" }],
  logConfiguration = { logDriver = "awslogs", options = { "awslogs-group" = "/tf", "awslogs-region" = "us-east-1", "awslogs-stream-prefix" = "x" } } }])
  tags = { x = "y" }
}
resource "aws_ecs_account_setting_default" "s" {
  name  = "containerInsights"
  value = "enabled"
}
data "aws_vpc" "d" { default = true }
data "aws_subnets" "d" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.d.id]
  }
}
data "aws_caller_identity" "me" {}
output "x" { value = [data.aws_subnets.d.ids, data.aws_caller_identity.me.arn] }
