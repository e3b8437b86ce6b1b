"""What is kept: frozen values, nothing that decides."""
