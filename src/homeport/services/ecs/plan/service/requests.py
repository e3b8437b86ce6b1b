"""What CreateService and UpdateService ask for, checked in ECS's words.  Pure."""
