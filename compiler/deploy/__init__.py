"""Deployment of a compiled topology: `dr-deploy` runs the waves of the manifest with change sets.

What to do is decided in modules that know nothing of AWS's SDK (`plan`, `values`, `review`, `states`); `aws` is
the only one that imports it, and only when something is really deployed.
"""
