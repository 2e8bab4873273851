"""Typed reply: what people put on a reply form, by whom it may be signed, and which form it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from api.database.holds import Hold
from api.database.plans import StoredPlan
from api.documents.reply_fields import ReplyDetails, read_details
from api.documents.reply_pdf import refuse_undrawable
from api.documents.signatures import GivenSignature, Signature, read_signatures
from api.ledger.errors import NotPreviewedError
from api.ledger.replies import Signing, Validity
from api.request import Gathered
from grid_models.errors import InputProblem
from planner.form import shown

__all__ = ["Typed"]

_COMPANY = "company"
_NOT_LOOKED_AT = InputProblem(
    field="previewed",
    zh="有签名而未填写 previewed；请先预览答复单，并填写预览返回的 X-Form-Hash",
    en="there are signatures and no previewed; look at the preview first and give its X-Form-Hash",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What people put on a form: in order, and fit to be printed."""

    details: ReplyDetails
    signatures: tuple[Signature, ...] = ()
    previewed: str | None = None

    @classmethod
    def read(
        cls,
        pairs: Mapping[str, str],
        signatures: Sequence[GivenSignature] = (),
        *,
        signer: str = "",
        previewed: str | None = None,
    ) -> Self:
        """Return what was typed and drawn.

        Parameters
        ----------
        signer
            Who may sign for the company: the caller, by name.
        previewed
            Hash of the form that was looked at; None: nobody did.

        Raises
        ------
        InputError
            With everything that cannot be printed, each name that may not sign, and signatures
            below what nobody looked at.
        MissingFontError
            If no installed font has Chinese characters.
        """
        gathered = Gathered()
        details = gathered.attempt(lambda: read_details(pairs))
        drawn = gathered.attempt(lambda: read_signatures(signatures))
        gathered.attempt(lambda: refuse_undrawable(details or ReplyDetails(), signatures))
        for problem in _find_strangers(signatures, details, signer):
            gathered.refuse(problem)
        if signatures and previewed is None:
            gathered.refuse(_NOT_LOOKED_AT)
        return cls(
            details=gathered.settle(details), signatures=gathered.settle(drawn),
            previewed=previewed,
        )  # fmt: skip

    @property
    def signings(self) -> tuple[Signing, ...]:
        """Who signed by role and when; by name who signed for the company, never the customer."""
        return tuple(
            Signing(
                role=one.role, signed_at=one.signed_at,
                name=one.name if one.role == _COMPANY else None,
            )
            for one in self.signatures
        )  # fmt: skip

    def form_hash(self, stored: StoredPlan, hold: Hold, validity: Validity) -> str:
        """Return what tells one form from another before it is signed: SHA-256 of what it says.

        Not of the PDF, whose bytes differ from one making to the next.
        """
        said = {
            "details": asdict(self.details),
            "plan_id": stored.plan_id,
            "option_rank": hold.option_rank,
            "valid_months": validity.months,
            "valid_until": validity.last.isoformat(),
        }
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def require_previewed(self, stored: StoredPlan, hold: Hold, validity: Validity) -> None:
        """Have the form be the one that was looked at, where one was.

        Raises
        ------
        NotPreviewedError
            If it is another.
        """
        if self.previewed not in (None, self.form_hash(stored, hold, validity)):
            raise NotPreviewedError(hold.application_id)


def _find_strangers(
    signatures: Sequence[GivenSignature], details: ReplyDetails | None, signer: str
) -> Iterator[InputProblem]:
    """Yield each signature in the name of who is no party to the form."""
    for one in signatures:
        if one.role == _COMPANY:
            if one.name != signer:
                yield InputProblem(
                    field="signatures.company.name",
                    zh=f"供电企业签名人为“{shown(one.name)}”，应为登录者本人“{signer}”",
                    en=f'the signature of the company is in the name of "{shown(one.name)}"; it '
                    f'must be in that of who is logged in, "{signer}"',
                )
        elif details is not None and one.name not in (details.customer, details.contact):
            named = [name for name in (details.customer, details.contact) if name]
            yield InputProblem(
                field="signatures.customer.name",
                zh=f"客户签名人为“{shown(one.name)}”，应为客户名称或联系人：{'、'.join(named)}",
                en=f'the signature of the customer is in the name of "{shown(one.name)}"; it must '
                f"be in that of the customer or the contact: {', '.join(named)}",
            )
