"""Reply files: the form in Word and as PDF, from what is held and what was typed."""

from __future__ import annotations

from api.database.holds import Hold
from api.database.plans import StoredPlan
from api.database.reply_forms import FormFiles
from api.documents.paper import count_pages
from api.documents.reply_form import make_reply_form
from api.documents.reply_pdf import make_reply_pdf
from api.ledger.ledger import Ledger
from api.ledger.replies import Validity
from api.settings import Settings
from api.translate import plan_of
from api.typed_reply import Typed
from grid_models.topology import LOW_VOLTAGE_KV

__all__ = ["make_files"]


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
