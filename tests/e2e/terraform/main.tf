terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}
provider "aws" { region = "us-east-1" }
variable "desired" { default = 1 }
variable "version_of_app" { default = "1" }
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
  container_definitions = jsonencode([{ name = "web", image = "sample:latest", essential = true, command = ["serve"], portMappings = [{ containerPort = 80 }], environment = [{ name = "VERSION", value = var.version_of_app }],
  logConfiguration = { logDriver = "awslogs", options = { "awslogs-group" = "/tf", "awslogs-region" = "us-east-1", "awslogs-stream-prefix" = "x" } } }])
  tags = { x = "y" }
}
resource "aws_ecs_service" "fargate" {
  name                    = "tf-fargate"
  cluster                 = aws_ecs_cluster.c.id
  task_definition         = aws_ecs_task_definition.t.arn
  launch_type             = "FARGATE"
  desired_count           = var.desired
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"
  wait_for_steady_state   = true
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets          = data.aws_subnets.d.ids
    security_groups  = [data.aws_security_group.d.id]
    assign_public_ip = true
  }
  tags = { x = "y" }
}
resource "aws_ecs_task_definition" "ec2" {
  family                = "tf-ec2"
  container_definitions = jsonencode([{ name = "web", image = "sample:latest", memory = 32, essential = true, command = ["serve"], environment = [{ name = "VERSION", value = var.version_of_app }] }])
}
resource "aws_ecs_service" "ec2" {
  name                               = "tf-ec2"
  task_definition                    = aws_ecs_task_definition.ec2.arn
  desired_count                      = var.desired
  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 150
  wait_for_steady_state              = true
  ordered_placement_strategy {
    type  = "spread"
    field = "instanceId"
  }
  placement_constraints {
    type       = "memberOf"
    expression = "attribute:ecs.os-type == linux"
  }
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
data "aws_security_group" "d" {
  vpc_id = data.aws_vpc.d.id
  name   = "default"
}
data "aws_caller_identity" "me" {}
output "x" { value = [data.aws_subnets.d.ids, data.aws_caller_identity.me.arn] }
