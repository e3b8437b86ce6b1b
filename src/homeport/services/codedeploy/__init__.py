"""CodeDeploy for services of ECS: blue/green deployments."""
