"""DR12x: a spec that extends a base, and how the two are put together."""

from __future__ import annotations

from compiler.diagnostics.model import Rule


class Bases:
    DR120 = Rule(
        "DR120",
        "extends-path",
        says="`extends` does not name a YAML file",
        why="A base is a file of the same repository. Its path is relative to the file that extends it.",
        fix="write a relative path that ends with `.yaml`, such as `base.yaml`",
    )
    DR121 = Rule(
        "DR121",
        "base-unreadable",
        says="the file that `extends` names cannot be read",
        why="Without its base a spec is not complete. A file outside of the repository is not read, because no review "
        "sees a change of it.",
        fix="write the path of a base in this repository, relative to this file",
    )
    DR122 = Rule(
        "DR122",
        "extends-cycle",
        says="a spec extends itself",
        why="In a cycle no file is the first one, so nothing decides which of two values holds.",
        fix="remove `extends` from the file that should be the last base",
    )
    DR123 = Rule(
        "DR123",
        "extends-depth",
        says="a spec consists of too many files",
        why="A reviewer who looks up a value has to open each of them.",
        fix="move what this base says into the file that extends it, and remove `extends` there",
    )
    DR124 = Rule(
        "DR124",
        "base-alone",
        says="a base is compiled by itself",
        why="A base can be incomplete. It says what several environments have in common, and is none of them.",
        fix="compile a spec that extends it; if this is a spec of its own, remove `base: true`",
    )
    DR125 = Rule(
        "DR125",
        "not-a-base",
        says="a spec extends a file that is not marked as a base",
        why="If one environment extended another one, every change of that one would change both.",
        fix="write `base: true` at the top of that file, or move what both have in common into a base",
    )
    DR126 = Rule(
        "DR126",
        "entry-unnamed",
        says="an entry does not say which entry it is",
        why="The entry of a base is changed by an entry with the same key: the name, the region, or the method and the "
        "path.",
        fix="add the key of the entry",
    )
    DR127 = Rule(
        "DR127",
        "entry-removed",
        says="an entry that should be removed cannot be removed",
        why="`remove: true` takes an entry of a base away. If there is no such entry, the name is probably misspelled.",
        fix="write `remove: true` and the key of an entry of the base, and nothing else",
    )
