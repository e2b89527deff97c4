"""What a change of the spec does to the running system: two deployments, resource by resource.

`run` is what the command line calls. `compare` simulates the update and pairs the resources, `impact` and
`consequences` say what a change means, `causes` names the line of the spec behind it, and `record` writes JSON.
"""
