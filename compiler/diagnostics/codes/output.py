"""DR80x, DR85x and DR9xx: written files, comparisons with other revisions, and faults of the compiler."""

from __future__ import annotations

from compiler.diagnostics.model import Rule


class Output:
    DR801 = Rule(
        "DR801",
        "stale",
        says="a committed file differs from what the spec compiles to",
        why="The templates that people review and deploy would not match the spec.",
        fix="run `dr-compile` on the spec and commit its output",
    )
    DR802 = Rule(
        "DR802",
        "missing",
        says="a file that the spec compiles to is missing",
        why="A deployment would leave out a stack.",
        fix="run `dr-compile` on the spec and commit its output",
    )
    DR803 = Rule(
        "DR803",
        "orphan",
        says="the output folder contains a file that the spec does not produce",
        why="Someone could deploy a stack that no spec describes.",
        fix="remove the file: the compiler owns all files in this folder",
    )
    DR804 = Rule(
        "DR804",
        "unwritable",
        says="the compiler cannot write the output",
        why="The operating system does not allow it. No file was changed.",
        fix="check the owner, the permissions and the free space of the folder",
    )


class Revisions:
    DR851 = Rule(
        "DR851",
        "no-git",
        says="`--against` needs a git repository, and there is none",
        why="`--against` uses git to read the templates and the spec of another revision.",
        fix="install git and run the command in the repository that contains the spec, or leave `--against` out",
    )
    DR852 = Rule(
        "DR852",
        "no-revision",
        says="a git revision does not exist",
        why="There is nothing to compare with.",
        fix="name a branch, a tag or a commit, such as `main` or `HEAD~1`; in a shallow clone, fetch it first",
        source="https://git-scm.com/docs/gitrevisions",
    )
    DR853 = Rule(
        "DR853",
        "not-compiled",
        says="a revision does not contain all compiled templates",
        why="The compiler compares templates, so it needs every template of that revision.",
        fix="name a revision in which the complete output of a compile is committed",
    )
    DR854 = Rule(
        "DR854",
        "unreadable-templates",
        says="a committed file is not the output of a compile",
        why="The compiler cannot read the deployed state from this file, so it cannot show what changes.",
        fix="restore the file from version control, or run `dr-compile` on the spec",
    )


class Faults:
    DR901 = Rule(
        "DR901",
        "internal",
        says="the compiler has a bug",
        why="This error is not caused by your spec. Please report it.",
        fix="report it with this output and with the spec",
    )
