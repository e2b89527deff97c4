"""The intermediate representation: what a compile declares before references are resolved."""
