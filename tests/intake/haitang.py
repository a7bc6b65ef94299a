"""海棠小贷, a lender whose books are Chinese, in GB18030, in fen and percent: its CSV and the mapping for it."""

MAPPING = """
about = "海棠小贷 · 台账"

[file]
delimiter = ";"
encoding = "gb18030"
null = ["", "无"]

[loan]
loan_no = { column = "合同号", prefix = "HT-" }
product = "经营贷"
lender_kind = "microloan"
currency = "CNY"
principal = { column = "本金(分)", unit = "minor" }
signed_on = { column = "签约日", date = "YYYY年M月D日" }
disbursed_on = { column = "放款日", date = "YYYYMMDD" }

[loan.borrower]
external_id = { column = "客户号" }
name = { column = "姓名" }
phone = { column = "手机", prefix = "+86" }
id_last4 = { column = "证件后四位" }

[[loan.co_borrowers]]
when = { column = "共借", among = ["是"] }
external_id = { column = "客户号", suffix = "-2" }

[loan.terms]
annual_rate = { column = "年利率", unit = "percent" }
method = { column = "还款方式", words = { "等额本息" = "level", "等额本金" = "equal-principal" } }
installments = { column = "期限", unit = "years" }
every = "1m"
first_due = { column = "放款日", date = "YYYYMMDD", add = "1m" }
day_count = "30/360"

[loan.terms.penalty]
kind = "daily-simple"
rate = { multiple_of_contract = "1.3" }

[loan.statement]
as_of = { from = "as_of" }
principal = { column = "逾期本金", unit = "amount" }
interest = { column = "逾期利息", unit = "amount", rounding = "half-up" }
"""

NAMES = "合同号;客户号;姓名;手机;证件后四位;共借;本金(分);年利率;期限;还款方式;签约日;放款日;逾期本金;逾期利息"
TIAN = "0001;K1;田甜;13900000001;301X;否;1200000;18;1年;等额本息;2025年12月10日;20251215;2886.78;413.7"
QIN = "0002;K2;秦川;13900000002;4021;是;600000;15.6;2年;等额本金;2026年1月5日;20260108;;"


def table(*rows: str, names: str = NAMES) -> bytes:
    return "\r\n".join([names, *rows, ""]).encode("gb18030")
