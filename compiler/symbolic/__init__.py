"""The compiled templates carried through the waves in thought, intrinsics resolved to plain values.

What only AWS will know (the id of a key, of a VPC) stands as `<stack/LogicalId>`, so that values can be compared
across stacks and regions and each still says whose it is. Nothing is asked over the network.
"""
