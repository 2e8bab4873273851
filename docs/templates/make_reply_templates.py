"""Make the templates of the reply form that come with the product.

Run ``uv run python docs/templates/make_reply_templates.py``; it writes ``reply_lv.docx`` and
``reply_hv.docx`` into ``api/documents``. A company replaces them with its own: the fields are those
of ``api/documents/reply_fields.py``, written ``{{ field }}``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from docx import Document
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table

__all__ = ["FOLDER", "make_template"]

FOLDER = Path(__file__).parents[2] / "api" / "documents"
TITLES = {"lv": "低压供电方案答复单", "hv": "高压供电方案答复单"}
RED = RGBColor(0xB3, 0x26, 0x1E)
LABEL_CM, VALUE_CM = 3.0, 5.5

HEAD = (
    ("户号", "{{ account_no }}", "申请编号", "{{ application_no }}"),
    ("客户名称", "{{ customer }}", "用电地址", "{{ address }}"),
    ("联系人", "{{ contact }}", "联系电话", "{{ phone }}"),
    ("业务类型", "{{ business }}", "用电类别", "{{ category }}"),
    ("行业", "{{ industry }}", "重要性等级", "{{ importance }}"),
    ("设备容量", "{{ equipment_kw }} kW", "受理日期", "{{ accepted_on }}"),
)
SUPPLY = {
    "lv": (
        ("供电容量", "{{ capacity_kva }} kVA", "供电电压", "{{ supply_voltage }}"),
        ("设计负荷", "{{ design_load }}", "接入方式", "{{ kind }}"),
    ),
    "hv": (
        ("供电容量", "{{ capacity_kva }} kVA", "供电电压", "{{ supply_voltage }}"),
        ("设计负荷", "{{ design_load }}", "接入方式", "{{ kind }}"),
        ("受电变压器", "{{ transformers }}", "自备应急电源", "{{ emergency_source }}"),
        ("功率因数", "不低于 {{ power_factor_min }}", "无功补偿", "{{ compensation_kvar }} kvar"),
    ),
}
AFTER = {
    "lv": (
        ("分时限额", "{{ limits }}"),
        ("产权分界点", "{{ boundary }}"),
        ("计量方式", "{{ metering_mode }}，{{ wiring }}"),
        ("电价", "{{ tariff }}"),
        ("功率因数", "不低于 {{ power_factor_min }}"),
    ),
    "hv": (
        ("分时限额", "{{ limits }}"),
        ("产权分界点", "{{ boundary }}"),
        ("计量方式", "{{ metering_mode }}，{{ wiring }}"),
        ("电价", "{{ tariff }}"),
    ),
}
SOURCES = (
    ("电源", "{{ item.no }} {{ item.role }}"), ("变电站", "{{ item.substation }}"),
    ("馈线", "{{ item.feeder }}"), ("接入点", "{{ item.access }}"),
    ("线路", "{{ item.line }}"), ("长度 m", "{{ item.length_m }}"),
)  # fmt: skip
METERS = (
    ("计量点", "{{ item.no }}"), ("电能表准确度", "{{ item.meter }}"),
    ("电流互感器", "{{ item.current_transformer }}"),
    ("电压互感器", "{{ item.voltage_transformer }}"),
)  # fmt: skip
WORKS = (("工程内容", "{{ item.text }}"), ("出资方", "{{ item.payer }}"))
FEES = (
    ("费用项目", "{{ item.name }}"), ("金额", "{{ item.amount }}"), ("依据", "{{ item.basis }}"),
)  # fmt: skip
SIGNED = (("供电企业（盖章）", "company"), ("客户签收", "customer"))


def make_template(level: str) -> Word:
    """Return the template of a level: lv or hv."""
    document = Document()
    _set_fonts(document)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin = section.bottom_margin = Cm(1.8)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run(TITLES[level])
    run.bold, run.font.size = True, Pt(18)
    marks = document.add_paragraph()
    marks.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = marks.add_run("{{ marks }}")
    run.font.size, run.font.color.rgb = Pt(9), RED
    _pairs(document, (*HEAD, *SUPPLY[level]))
    _list(document, "供电电源", "sources", SOURCES)
    _wide(document, AFTER[level])
    _list(document, "计量点", "meters", METERS)
    _list(document, "工程", "works", WORKS)
    _list(document, "费用", "fees", FEES)
    for line in (
        "工程费用估算：{{ estimate }}",
        "办理时限：供电企业各环节合计不超过 {{ limit_days }} {{ limit_unit }}",
        "有效期：{{ validity }}；逾期须重新申请",
        "方案编号 {{ plan_id }}　电网版本 {{ grid_version }}　数据日期 {{ data_date }}",
    ):
        document.add_paragraph(line).paragraph_format.space_before = Pt(4)
    _signed(document)
    return document


def _set_fonts(document: Word) -> None:
    style = document.styles["Normal"]
    style.font.size, style.font.name = Pt(10), "Times New Roman"
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), "宋体")
    language = style.element.get_or_add_rPr().makeelement(qn("w:lang"), {})
    language.set(qn("w:val"), "zh-CN")
    language.set(qn("w:eastAsia"), "zh-CN")
    style.element.get_or_add_rPr().append(language)
    style.paragraph_format.space_after = Pt(0)


def _pairs(document: Word, rows: tuple[tuple[str, str, str, str], ...]) -> None:
    table = _table(document, len(rows), 4)
    for k, row in enumerate(rows):
        _fill(table, k, row, (LABEL_CM, VALUE_CM, LABEL_CM, VALUE_CM), labels=(0, 2))


def _wide(document: Word, rows: tuple[tuple[str, str], ...]) -> None:
    table = _table(document, len(rows), 2)
    for k, row in enumerate(rows):
        _fill(table, k, row, (LABEL_CM, 2 * VALUE_CM + LABEL_CM), labels=(0,))


def _list(document: Word, title: str, name: str, columns: tuple[tuple[str, str], ...]) -> None:
    """Add a heading and a table with one row an item."""
    heading = document.add_paragraph()
    heading.paragraph_format.space_before = Pt(6)
    heading.paragraph_format.keep_with_next = True
    heading.add_run(title).bold = True
    table = _table(document, 4, len(columns))
    widths = [2 * (LABEL_CM + VALUE_CM) / len(columns)] * len(columns)
    everywhere = tuple(range(len(columns)))
    _fill(table, 0, [head for head, _ in columns], widths, labels=everywhere)
    for cell in table.rows[0].cells:
        # neither the title nor the head of a table stays behind on a page alone
        cell.paragraphs[0].paragraph_format.keep_with_next = True
    table.cell(1, 0).text = f"{{%tr for item in {name} %}}"
    _fill(table, 2, [value for _, value in columns], widths, labels=())
    table.cell(3, 0).text = "{%tr endfor %}"


def _signed(document: Word) -> None:
    """Add where both sign, by hand or on a screen: two columns without lines."""
    document.add_paragraph().paragraph_format.space_before = Pt(10)
    table = document.add_table(2, 2)
    for column, (head, role) in enumerate(SIGNED):
        table.cell(0, column).text = f"{head}：{{{{ {role}_signature }}}}"
        table.cell(1, column).text = f"{{{{ {role}_signed }}}}"
        # the two rows stay on one page
        table.cell(0, column).paragraphs[0].paragraph_format.keep_with_next = True


def _table(document: Word, rows: int, columns: int) -> Table:
    table = document.add_table(rows, columns)
    table.style, table.autofit = "Table Grid", False
    return table


def _fill(
    table: Table,
    row: int,
    texts: Sequence[str],
    widths: Sequence[float],
    *,
    labels: tuple[int, ...],
) -> None:
    for k, (words, width) in enumerate(zip(texts, widths, strict=True)):
        cell = table.cell(row, k)
        cell.width = table.columns[k].width = Cm(width)
        run = cell.paragraphs[0].add_run(words)
        run.bold = k in labels


if __name__ == "__main__":
    for level in TITLES:
        make_template(level).save(str(FOLDER / f"reply_{level}.docx"))
