"""One package for each AWS service, all of the same shape.  They meet only in `contracts`."""
