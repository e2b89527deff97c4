"""How a compiled topology is deployed: the manifest, and the waves simulated without AWS."""
