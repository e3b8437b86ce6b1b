"""Every statement of CloudWatch Logs; records in and out."""
