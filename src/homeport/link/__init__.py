"""What the control plane and a node agent say to each other: frozen messages and their codec.

Level-based.  The control plane states what should be, each statement with a generation; the node
reports what is, each report the whole of what it knows of a task.  Losing, repeating or reordering
messages costs time, never truth.
"""
