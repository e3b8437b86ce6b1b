"""The operations of EC2.  All of them describe; nothing can be made yet."""
