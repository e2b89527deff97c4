"""DR14x: the configuration `dr-compile.toml`, and options that differ from it. DR88x: specs of one account."""

from __future__ import annotations

from compiler.diagnostics.model import Rule, Severity


class Configurations:
    DR140 = Rule(
        "DR140",
        "configuration-unreadable",
        says="the configuration cannot be read",
        why="What it says decides what a spec is compiled with. Without it a command would compile something else than "
        "the hook does.",
        fix="make `dr-compile.toml` a text file in UTF-8 that is no link out of the repository",
    )
    DR141 = Rule(
        "DR141",
        "configuration-syntax",
        says="the configuration is not TOML",
        why="A file that is read only in part would be another configuration.",
        fix='write `key = "value"`, one on each line; texts are in quotes',
        source="https://toml.io/en/v1.0.0",
    )
    DR142 = Rule(
        "DR142",
        "configuration-key",
        says="the configuration has a key that is not known",
        why="A misspelled key would be ignored, and the commands would take the default instead.",
        fix="correct the key, or remove it",
    )
    DR143 = Rule(
        "DR143",
        "configuration-value",
        says="a value of the configuration has the wrong type or form, or is missing",
        why="Each key has one type of value. Paths are relative to the folder of the configuration and stay below it: "
        "they mean the same on every machine.",
        fix="write a value of this type",
    )
    DR144 = Rule(
        "DR144",
        "configuration-version",
        says="the configuration requires another version of dr-compile",
        why="Another version can compile a spec to other templates. Where hook, CI and dr-deploy have different ones, "
        "one of them finds drift that nobody caused. This is exit code 2.",
        fix="install the version that `requires` names",
    )
    DR145 = Rule(
        "DR145",
        "configuration-path",
        says="the configuration names a path that does not exist",
        why="The check of a spec that nobody finds would be switched off for ever.",
        fix="correct the path, which is relative to the folder of the configuration, or remove the entry",
    )
    DR146 = Rule(
        "DR146",
        "configuration-twice",
        says="the configuration names a spec twice, or one folder for the templates of two specs",
        why="Two entries of one spec could say different things. The files of a folder belong to one spec: the compile "
        "of one would find those of the other to be left over.",
        fix="remove one of the two entries",
    )
    DR147 = Rule(
        "DR147",
        "configuration-base",
        says="the configuration names a base as a spec",
        why="A base is never compiled by itself. It is read with the specs that extend it.",
        fix="name the specs that extend it instead",
    )
    DR148 = Rule(
        "DR148",
        "configuration-option",
        says="an option says something else than the configuration",
        why="Hook, `--check`, `--diff` and dr-deploy compare with what the configuration says. An option that "
        "changes it for one of them makes the others find drift.",
        fix="remove the option, or change the configuration",
    )
    DR149 = Rule(
        "DR149",
        "configuration-unnamed",
        says="a spec is not in the configuration that has the others",
        why="Neither the hook nor `dr-compile` without a spec compiles it, so nobody notices when its templates have "
        "drifted.",
        fix="add it to the configuration",
        severity=Severity.WARNING,
    )


class Neighbours:
    DR880 = Rule(
        "DR880",
        "shared-names",
        says="two systems would have the same names in one account",
        why="Physical names consist of type, entry, environment and suffix, and most systems have entries of the same "
        "names. The deployment of the second system stops at the first name that is taken. If both systems have one "
        "name, they have the same stacks: a deployment of one turns the other into it.",
        fix="write another suffix; if the systems are in different accounts, write `account` into both specs",
        severity=Severity.WARNING,
    )
    DR881 = Rule(
        "DR881",
        "shared-domain",
        says="two systems have the same domain",
        why="Clients reach one system under a name. The second deployment would replace the records of the first "
        "one, or make a zone that nobody asks. This holds in any account.",
        fix="write another domain",
        severity=Severity.WARNING,
    )
    DR882 = Rule(
        "DR882",
        "shared-alias",
        says="the keys of two systems have the same alias in one account and region",
        why="AWS refuses an alias that exists, and the deployment of the second system stops there.",
        fix="write another `alias` into the section `encryption`; if the systems are in different accounts, write "
        "`account` into both specs",
        source="https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        severity=Severity.WARNING,
    )
    DR883 = Rule(
        "DR883",
        "shared-range",
        says="the address ranges of two systems overlap in one account and region",
        why="Networks with the same addresses can never be connected, neither with each other nor with a third one.",
        fix="write another range; if the systems are in different accounts, write `account` into both specs",
        source="https://docs.aws.amazon.com/vpc/latest/peering/invalid-peering-configurations.html",
        severity=Severity.WARNING,
    )
    DR884 = Rule(
        "DR884",
        "shared-by-copy",
        says="a copy under another environment or suffix shares something with the system of the spec",
        why="`--environment` and `--suffix` change names. They do not change what the spec says of the domain, the "
        "alias and the address ranges.",
        fix="write a spec of its own for the copy, with its own domain, alias and ranges (docs/environments.md)",
        severity=Severity.WARNING,
    )
