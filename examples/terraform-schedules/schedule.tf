# The schedule.  The tags of its group are Homeport's own: elsewhere they mean nothing.

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = 1209600
}

resource "aws_scheduler_schedule_group" "nightly" {
  name = var.name
  tags = {
    "homeport:concurrency"    = "forbid"
    "homeport:retry-attempts" = "1"
    "homeport:retry-on"       = "137 TaskFailedToStart"
    "homeport:time-limit"     = "3600"
  }
}

resource "aws_scheduler_schedule" "report" {
  name                         = "report"
  group_name                   = aws_scheduler_schedule_group.nightly.name
  schedule_expression          = var.expression
  schedule_expression_timezone = "Europe/Berlin"
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 5
  }
  target {
    arn      = data.aws_ecs_cluster.default.arn
    role_arn = aws_iam_role.invoker.arn
    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.report.arn
      task_count          = 1
      launch_type         = "EC2"
      propagate_tags      = "TASK_DEFINITION"
      tags = {
        team = "books"
      }
    }
    input = jsonencode({
      containerOverrides = [{
        name        = "report"
        environment = [{ name = "SCOPE", value = "all" }]
      }]
    })
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 5
    }
    dead_letter_config {
      arn = aws_sqs_queue.dead_letters.arn
    }
  }
}
