"""What is known of each CloudFormation resource type: one record per type, one module per service."""
