# A job by the clock, what becomes of it when it cannot be started, and a rule on how its tasks end.
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
  default = "nightly"
}

variable "image" {
  default = "sample:latest"
}

variable "expression" {
  default = "cron(30 2 * * ? *)"
}

data "aws_ecs_cluster" "default" {
  cluster_name = "default"
}

resource "aws_ecs_task_definition" "report" {
  family = var.name
  container_definitions = jsonencode([{
    name      = "report"
    image     = var.image
    memory    = 64
    essential = true
    command   = ["sh", "-c", "echo the report; exit 3"]
  }])
}

data "aws_iam_policy_document" "invoker" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com", "events.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "invoker" {
  name               = "${var.name}-invoker"
  assume_role_policy = data.aws_iam_policy_document.invoker.json
}
