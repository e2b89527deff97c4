"""Deployment of a compiled topology: `dr-deploy` runs its waves with change sets.

`command` reads the command line and compiles; `discovery` reads what exists, checks it and proposes changes; `run`
deploys the waves. They are functions over one `Session`. `aws` alone imports AWS's SDK, and only to deploy.
"""
