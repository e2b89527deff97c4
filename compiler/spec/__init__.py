"""What the author said: the models of the spec's sections, and the reader that fills them."""
