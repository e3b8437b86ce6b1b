# The service, the role by which ECS shifts its traffic, and its strategy.

resource "aws_ecs_cluster" "shop" {
  name = var.name
}

resource "aws_ecs_task_definition" "web" {
  family                   = "${var.name}-web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions = jsonencode([{
    name         = "web"
    image        = var.image
    essential    = true
    command      = var.command
    portMappings = [{ containerPort = 8080 }]
  }])
}

data "aws_iam_policy_document" "ecs" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "traffic" {
  name               = "${var.name}-traffic"
  assume_role_policy = data.aws_iam_policy_document.ecs.json
}

resource "aws_iam_role_policy_attachment" "traffic" {
  role       = aws_iam_role.traffic.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.shop.id
  task_definition = aws_ecs_task_definition.web.arn
  launch_type     = "FARGATE"
  desired_count   = 1
  network_configuration {
    subnets = data.aws_subnets.default.ids
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.side["blue"].arn
    container_name   = "web"
    container_port   = 8080
  }
  depends_on = [aws_lb_listener_rule.production]
}

locals {
  strategy = {
    cluster = aws_ecs_cluster.shop.name
    service = aws_ecs_service.web.name
    deploymentConfiguration = {
      strategy              = "BLUE_GREEN"
      bakeTimeInMinutes     = 1
      maximumPercent        = 200
      minimumHealthyPercent = 100
    }
    loadBalancers = [{
      targetGroupArn = aws_lb_target_group.side["blue"].arn
      containerName  = "web"
      containerPort  = 8080
      advancedConfiguration = {
        alternateTargetGroupArn = aws_lb_target_group.side["green"].arn
        productionListenerRule  = aws_lb_listener_rule.production.arn
        roleArn                 = aws_iam_role.traffic.arn
      }
    }]
  }
}

resource "terraform_data" "strategy" {
  triggers_replace = local.strategy
  provisioner "local-exec" {
    command = "aws ecs update-service --cli-input-json \"$STRATEGY\" > /dev/null"
    environment = {
      STRATEGY = jsonencode(local.strategy)
    }
  }
  depends_on = [aws_iam_role_policy_attachment.traffic]
}
