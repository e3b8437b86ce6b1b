"""What CodeDeploy keeps, as frozen values."""
