"""What SQS decides: names, attributes, contents, dead letters.  Pure."""
