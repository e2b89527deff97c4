"""What all sections of the spec share: the model base, and the kinds of text a field may hold.

A text kind states its form once: the check, the message and the pattern of the editor schema come from it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, PrivateAttr
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler

# CloudFormation replaces `{{resolve:...}}` in any string of a template, wherever it came from.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html (read 2026-11-22)
_INTERPRETED = re.compile(r"\{\{|\}\}")
_SHOWN = 60
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def tuples(value: Any) -> Any:
    """A plain value with its lists as tuples, as the models want them."""
    if isinstance(value, list):
        return tuple(tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: tuples(item) for key, item in value.items()}
    return value


class Model(BaseModel):
    """A section or entry of the spec: frozen, strict about types, closed to unknown keys."""

    # Schemas are built once, with the whole spec's, not once per section.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    entry_key: ClassVar[tuple[str, ...]] = ()
    """Fields that tell the entries of a list apart. Overlays, duplicates and the diff all find an entry by them."""


class Form:
    """What a text field may hold: `pattern` in full, `says` completing "must be …"; reports DR206, DR207, DR210."""

    def __init__(self, pattern: str, says: str, *examples: str) -> None:
        self.pattern = pattern
        self.says = says
        self.examples = examples

    def check(self, value: object) -> object:
        if isinstance(value, bool | int | float):
            raise PydanticCustomError("unquoted", "put the text in quotes, because YAML would read it as a number")
        if not isinstance(value, str):
            return value
        if _INTERPRETED.search(value):
            raise PydanticCustomError("interpolation", "CloudFormation would interpret the double braces in this text")
        if _CONTROL.search(value) or not re.fullmatch(self.pattern, value):
            raise self.refused(value)
        return value

    def fits(self, text: str) -> bool:
        """Whether a text has this form."""
        try:
            self.check(text)
        except PydanticCustomError:
            return False
        return True

    def refused(self, value: str) -> PydanticCustomError:
        """What to say of a text that has another form."""
        shown = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
        return PydanticCustomError(
            "form",
            "`{shown}` is not allowed here: it must be {says}",
            {"shown": shown, "says": self.says, "examples": ", ".join(self.examples)},
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        anchored = f"^(?:{self.pattern})$" if "|" in self.pattern else f"^{self.pattern}$"
        # Editors show this sentence instead of the pattern.
        described: dict[str, Any] = {
            "type": "string",
            "pattern": anchored,
            "patternErrorMessage": f"It must be {self.says}.",
        }
        if self.examples:
            described["examples"] = list(self.examples)
        return described


class TagForm(Form):
    """Characters of tags: letters, digits and spaces of all scripts.

    The pattern keeps other characters of ASCII out, in editors too; categories of Unicode have no spelling that both
    Python and editors know. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html (read 2026-11-26)
    """

    def check(self, value: object) -> object:
        checked = super().check(value)
        if isinstance(checked, str) and any(unicodedata.category(letter)[0] not in "LNZ" for letter in checked
                                            if not letter.isascii()):  # fmt: skip
            raise self.refused(checked)
        return checked


class PathForm(Form):
    """The form of a path, which is relative to the file that says it."""


NAME = Form(
    r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,39}",
    "lower-case letters, digits and single hyphens, beginning with a letter, at most 40 characters",
    "transactions",
    "transaction-processor",
)
Name = Annotated[str, NAME]
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_KeySchemaElement.html (read 2026-11-26)
Attribute = Annotated[
    str,
    Form(r"[^\x00-\x1f\x7f]{1,255}", "an attribute name of 1 to 255 characters on one line", "transaction_id", "PK"),
]
Line = Annotated[str, Form(r"[^\n\r]{1,256}", "one line of at most 256 characters", "payments")]
AccountId = Annotated[str, Form(r"[0-9]{12}", "an AWS account id of twelve digits, in quotes", "012345678901")]
RegionName = Annotated[
    str, Form(r"[a-z]{2,5}(?:-[a-z]+)+-[0-9]", "a region as AWS writes it", "us-east-1", "eu-central-1")
]
_TAG = r"""(?![aA][wW][sS]:)[^\x00-\x1f!-*,;<>?\[-^`{-\x9f]"""
TagKey = Annotated[
    str,
    TagForm(
        rf"{_TAG}{{1,128}}",
        "1 to 128 letters, digits, spaces and `_.:/=+-@`, not beginning with `aws:`",
        "owner",
        "cost-center",
    ),
]
TagValue = Annotated[
    str,
    # Not every service takes an empty value: CloudWatch asks for a character at least.
    # CloudFormation takes none that begins with `aws:`.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html
    TagForm(
        rf"{_TAG}{{1,256}}",
        "1 to 256 letters, digits, spaces and `_.:/=+-@`, not beginning with `aws:`",
        "payments",
        "Zürich",
    ),
]

PerTransaction = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


PartName = Annotated[
    str,
    Form(
        r"(?!(?:global|primary|secondary|replica)$)[a-z][a-z0-9]{0,11}",
        "1 to 12 lower-case letters and digits, beginning with a letter, and no kind of stack such as `primary`",
        "a",
        "ledger",
    ),
]


class Entry(Model):
    """An entry that can be renamed in the spec without being replaced: see `compiler.spec.renames`."""

    entry_key = ("name",)

    name: Name = Field(description="Name of the entry; part of its logical ids and physical names.")
    was: Name | None = Field(
        default=None,
        description="Earlier name of the entry, if you rename it after a deployment; deployed resources keep it.",
    )
    _title: str | None = PrivateAttr(default=None)

    @property
    def title(self) -> str | None:
        """What the author calls it now, where that is not the name by which it is deployed."""
        return self._title

    def under_old_name(self) -> Self:
        """The same entry called what it was, its new name kept as `title`."""
        if self.was is None:
            return self
        entry = self.model_copy(update={"name": self.was, "was": None})
        entry._title = self.name  # noqa: SLF001 - of its own class
        return entry


class PlacedEntry(Entry):
    """An entry that may be in a further stack of each region, with all that belongs to it."""

    stack: PartName | None = Field(
        default=None,
        description="Part of the region that the entry is in: a further stack such as `primary-a`, for when a stack is "
        "full. It cannot change once the entry is deployed.",
        examples=["a"],
    )
