"""Schemas: what HTTP takes and gives about the desk, clocks, drafts and reply forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from api.application_schemas import Line, check_district
from api.database.decisions import Decision, OverrideCount
from api.database.reply_forms import StoredForm
from api.database.shadow import ShadowDistrict
from api.documents.signatures import MAX_BYTES, GivenSignature, Role

__all__ = [
    "AcceptIn",
    "DecisionIn",
    "DecisionList",
    "DraftChangeIn",
    "DraftIn",
    "OverrideTable",
    "PauseIn",
    "ReplyIn",
    "ReplyOut",
    "ReplyPreviewIn",
    "ResumeIn",
    "ShadowIn",
    "ShadowList",
]

Code = Annotated[Line, Field(max_length=60)]
Note = Annotated[Line, Field(max_length=400)]
Rank = Annotated[int, Field(ge=1, lt=2**31)]
District = Annotated[str, AfterValidator(check_district), Field(examples=["西湖"])]
# A field of the form: `api.documents.reply_fields` judges it.
FormText = Annotated[str, Field(max_length=200)]
FormHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DraftChangeIn(_In):
    """What a draft says from now on."""

    application: Annotated[
        dict[str, Any], Field(description="Fields of an application, as many as are known.")
    ]


class DraftIn(DraftChangeIn):
    """An application that is not complete yet: nothing in it is judged before it is accepted."""

    district: District


class AcceptIn(_In):
    """That a draft is complete."""

    completed_on: Annotated[
        date | None, Field(description="Day it was complete: who came first. Null: today.")
    ] = None


class PauseIn(_In):
    """Why the utility's clock stands; neither its first nor its last day counts."""

    reason: Annotated[Code, Field(examples=["customer_design_build"])]
    note: Note = ""
    from_on: date
    until_on: Annotated[date | None, Field(description="Null: it stands until resumed.")] = None


class ResumeIn(_In):
    """Until when the clock stood."""

    until_on: date


class DecisionIn(_In):
    """What the desk stands for."""

    version: Rank
    rank: Annotated[Rank, Field(description="1 confirms the answer, another option changes it.")]
    reason_code: Annotated[
        Code, Field(description="Why another option, from the rule `desk_reason_codes`.")
    ] = ""
    overrides: Annotated[
        dict[str, Code],
        Field(
            max_length=40,
            description="By code of a desk reason, why it does not stand in the way; each doubt of "
            "the rule `desk_doubts` needs one.",
            examples=[{"data_stale": "site_visited"}],
        ),
    ] = {}
    note: Note = ""


class DecisionOut(BaseModel):
    """One thing the desk decided."""

    plan_version: int
    kind: str
    option_rank: int
    reason_code: str
    rule_id: str | None
    note: str
    decided_by: str
    decided_at: datetime


class DecisionList(BaseModel):
    """What the desk decided about an application, in order."""

    items: list[DecisionOut]

    @classmethod
    def of(cls, found: Sequence[Decision]) -> DecisionList:
        """Return decisions as they are shown."""
        names = DecisionOut.model_fields
        return cls(items=[DecisionOut(**{n: getattr(d, n) for n in names}) for d in found])


class OverrideOut(BaseModel):
    """How often a rule was overridden for one reason."""

    rule_id: str
    reason_code: str
    count: int


class OverrideTable(BaseModel):
    """Overrides of a month by rule and reason, the most frequent first."""

    month: str
    items: list[OverrideOut]

    @classmethod
    def of(cls, month: str, found: Sequence[OverrideCount]) -> OverrideTable:
        """Return the table of a month."""
        names = OverrideOut.model_fields
        return cls(
            month=month, items=[OverrideOut(**{n: getattr(c, n) for n in names}) for c in found]
        )


class ShadowIn(_In):
    """Whether the desk confirms even answers on the spot in a district."""

    district: District
    is_shadow: bool


class ShadowOut(BaseModel):
    """A district in shadow mode."""

    district: str
    set_by: str
    set_at: datetime


class ShadowList(BaseModel):
    """Districts in shadow mode."""

    items: list[ShadowOut]

    @classmethod
    def of(cls, found: Sequence[ShadowDistrict]) -> ShadowList:
        """Return districts as they are shown."""
        names = ShadowOut.model_fields
        return cls(items=[ShadowOut(**{n: getattr(d, n) for n in names}) for d in found])


class CustomerIn(_In):
    """Who the form is for: printed on it, and kept nowhere else."""

    customer: Annotated[FormText, Field(min_length=1)]
    address: Annotated[FormText, Field(min_length=1)]
    application_no: FormText = ""
    account_no: FormText = ""
    contact: FormText = ""
    phone: FormText = ""


class SignatureIn(_In):
    """A signature drawn on a screen: printed on the form, and kept nowhere else."""

    role: Role
    name: Annotated[
        FormText,
        Field(
            min_length=1,
            description="Printed below it: of the company the name of who is logged in, of the "
            "customer `customer` or `contact` of the details.",
        ),
    ]
    signed_at: Annotated[
        AwareDatetime,
        Field(description="From the hold until now, with some minutes for the device's clock."),
    ]
    image: Annotated[
        str,
        Field(description=f"PNG as base64, at most {MAX_BYTES} bytes; it must hold a stroke."),
    ]

    def given(self) -> GivenSignature:
        """Return it as it was sent."""
        return GivenSignature(**self.model_dump())


class ReplyPreviewIn(_In):
    """The reply before it is signed."""

    signed_on: Annotated[
        date | None, Field(description="From the day of the hold until today. Null: today.")
    ] = None
    details: CustomerIn

    def pairs(self) -> Mapping[str, str]:
        """Return the form's fields by name."""
        return self.details.model_dump()


class ReplyIn(_In):
    """The signed reply."""

    signed_on: Annotated[date, Field(description="From the day of the hold until today.")]
    details: CustomerIn
    signatures: Annotated[
        list[SignatureIn],
        Field(max_length=2, description="Drawn on a screen, at most one a role; others sign it."),
    ] = []
    previewed: Annotated[
        FormHash | None,
        Field(
            description="`X-Form-Hash` of the preview that was looked at: needed with signatures, "
            "and where it is given the form has to be that one."
        ),
    ] = None

    def pairs(self) -> Mapping[str, str]:
        """Return the form's fields by name."""
        return self.details.model_dump()


class ReplyOut(BaseModel):
    """A reply form without what is written on it."""

    application_id: str
    hold_id: str
    plan_version: int
    option_rank: int
    plan_id: str
    signed_on: date
    valid_until: datetime
    form_hash: Annotated[str, Field(description="SHA-256 of the form in Word.")]
    pdf_hash: Annotated[
        str | None, Field(description="SHA-256 of the PDF. Null: it was made in Word alone.")
    ]
    page_count: Annotated[int | None, Field(description="Pages of the PDF. Null: there is none.")]
    made_by: str
    made_at: datetime
    erased_at: datetime | None

    @classmethod
    def of(cls, stored: StoredForm) -> ReplyOut:
        """Return a form as it is shown."""
        return cls(**{name: getattr(stored, name) for name in cls.model_fields})
