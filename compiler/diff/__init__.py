"""What a change of the spec does to the running system: two sets of templates, resource by resource.

`side` reads a set of templates and carries it to where every value is known; `compare` pairs the two; `schema` and
`knowledge` say what a changed property means; `cause` names the line of the spec behind it; `show` says it to people
and programs; `run` is what the command line calls.
"""
