"""What the ecs service provides to the others, through homeport.contracts."""
