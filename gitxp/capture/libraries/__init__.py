"""Objects of other libraries, known without loading those."""
