# A bus and two rules: reports that end with exit code 3 are told to a queue, and so are orders.

resource "aws_sqs_queue" "failures" {
  name                       = "${var.name}-failures"
  visibility_timeout_seconds = 60
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 3
  })
}

resource "aws_sqs_queue_policy" "failures" {
  queue_url = aws_sqs_queue.failures.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.failures.arn
    }]
  })
}

resource "aws_cloudwatch_event_rule" "failed" {
  name        = "${var.name}-failed"
  description = "A report ended with exit code 3"
  event_pattern = jsonencode({
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
    detail = {
      lastStatus = ["STOPPED"]
      group      = [{ prefix = "family:${var.name}" }]
      containers = { exitCode = [3] }
    }
  })
}

resource "aws_cloudwatch_event_target" "failed" {
  rule      = aws_cloudwatch_event_rule.failed.name
  target_id = "queue"
  arn       = aws_sqs_queue.failures.arn
  input_transformer {
    input_paths = {
      task = "$.detail.taskArn"
    }
    input_template = "{\"failed\": <task>}"
  }
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }
}

resource "aws_cloudwatch_event_rule" "hourly" {
  name                = "${var.name}-hourly"
  schedule_expression = "rate(1 hour)"
}

resource "aws_cloudwatch_event_target" "hourly" {
  rule     = aws_cloudwatch_event_rule.hourly.name
  arn      = data.aws_ecs_cluster.default.arn
  role_arn = aws_iam_role.invoker.arn
  ecs_target {
    task_definition_arn = aws_ecs_task_definition.report.arn
    task_count          = 1
  }
}

resource "aws_cloudwatch_event_bus" "orders" {
  name = "${var.name}-orders"
}

resource "aws_cloudwatch_event_rule" "orders" {
  name           = "big"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  event_pattern = jsonencode({
    detail = { total = [{ numeric = [">", 100] }] }
  })
}

resource "aws_cloudwatch_event_target" "orders" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  arn            = aws_sqs_queue.failures.arn
}
