"""What ECS keeps: frozen records, no behaviour beyond what follows from one record alone."""
