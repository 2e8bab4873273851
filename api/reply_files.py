"""Reply files: the form in Word and as PDF, from what is held and what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from api.database.holds import Hold
from api.database.plans import StoredPlan
from api.database.reply_forms import FormFiles
from api.documents.paper import count_pages
from api.documents.reply_fields import ReplyDetails, read_details
from api.documents.reply_form import make_reply_form
from api.documents.reply_pdf import make_reply_pdf, refuse_undrawable
from api.documents.signatures import GivenSignature, Signature, read_signatures
from api.ledger.ledger import Ledger
from api.ledger.replies import Signing, Validity
from api.request import Gathered
from api.settings import Settings
from api.translate import plan_of
from grid_models.topology import LOW_VOLTAGE_KV

__all__ = ["Typed", "make_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What people put on a form: in order, and fit to be printed."""

    details: ReplyDetails
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def read(cls, pairs: Mapping[str, str], signatures: Sequence[GivenSignature] = ()) -> Self:
        """Return what was typed and drawn.

        Raises
        ------
        InputError
            With everything that cannot be printed.
        MissingFontError
            If no installed font has Chinese characters.
        """
        gathered = Gathered()
        details = gathered.attempt(lambda: read_details(pairs))
        drawn = gathered.attempt(lambda: read_signatures(signatures))
        gathered.attempt(lambda: refuse_undrawable(details or ReplyDetails(), signatures))
        return cls(details=gathered.settle(details), signatures=gathered.settle(drawn))

    @property
    def signings(self) -> tuple[Signing, ...]:
        """Who signed by role and when."""
        return tuple(Signing(role=one.role, signed_at=one.signed_at) for one in self.signatures)


def make_files(
    ledger: Ledger,
    stored: StoredPlan,
    hold: Hold,
    validity: Validity,
    typed: Typed,
    settings: Settings,
    *,
    stamp: str = "",
) -> FormFiles:
    """Return the form in Word and as PDF.

    Parameters
    ----------
    settings
        Name the company's own templates of the form in Word.
    stamp
        Words across every page of the PDF; empty: none.

    Raises
    ------
    InputError
        With everything that is wrong with the template.
    """
    plan = plan_of(stored.document)
    title = ledger.rule_book(plan.rules.area).title_zh
    is_low = plan.options[hold.option_rank - 1].supply_kv < LOW_VOLTAGE_KV
    docx = make_reply_form(
        plan, ledger.served.model, typed.details, rules_title=title,
        valid_months=validity.months, rank=hold.option_rank, valid_until=validity.last,
        template=settings.reply_template_lv if is_low else settings.reply_template_hv,
        signatures=typed.signatures,
    )  # fmt: skip
    pdf = make_reply_pdf(
        plan, ledger.served.model, typed.details, rules_title=title,
        valid_months=validity.months, rank=hold.option_rank, valid_until=validity.last,
        signatures=typed.signatures, stamp=stamp,
    )  # fmt: skip
    return FormFiles(docx=docx, pdf=pdf, page_count=count_pages(pdf))
