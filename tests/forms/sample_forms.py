"""A registration and a scorecard as a plan would declare them, and the shortest way to write down what was done."""

from __future__ import annotations

import gettext
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bot.forms.answers import Event
from bot.forms.reading import Context
from bot.forms.scorecard import scorecard_form
from bot.plan.criteria import CriteriaTable, Criterion, EvidenceHint
from bot.plan.questions import Condition, Form, Option, Question
from bot.texts import Language

SAY = Language("vi", gettext.NullTranslations())
CONTEXT = Context(today=date(2024, 2, 6))
NOON = datetime(2024, 2, 6, 12, tzinfo=UTC)

IN_ECONOMY = Condition(question="field", values=("kinh_te",))
IN_CULTURE = Condition(question="field", values=("van_hoa",))

REGISTRATION = Form(
    id="registration",
    title="Đăng ký điển hình",
    questions=(
        Question(
            id="subject",
            kind="choice",
            ask="Tập thể hay cá nhân?",
            short="Loại",
            options=(Option(key="tap_the", label="Tập thể"), Option(key="ca_nhan", label="Cá nhân")),
        ),
        Question(id="name", kind="text", ask="Tên điển hình?", short="Tên", max_length=200),
        Question(
            id="field",
            kind="choice",
            ask="Lĩnh vực?",
            short="Lĩnh vực",
            options=(
                Option(key="kinh_te", label="Phát triển kinh tế"),
                Option(key="van_hoa", label="Văn hóa – xã hội"),
                Option(key="quoc_phong", label="Quốc phòng, an ninh và đối ngoại"),
            ),
        ),
        Question(
            id="topic",
            kind="choice",
            ask="Nội dung?",
            short="Nội dung",
            required=False,
            options=(
                Option(key="nong_thon_moi", label="Xây dựng nông thôn mới", when=IN_ECONOMY),
                Option(key="giam_ngheo", label="Giảm nghèo", when=IN_ECONOMY),
                Option(key="khuyen_hoc", label="Khuyến học", when=IN_CULTURE),
            ),
        ),
        Question(
            id="benefit",
            kind="money",
            ask="Giá trị làm lợi dự kiến?",
            short="Làm lợi",
            required=False,
            required_by="ho_so",
            when=IN_ECONOMY,
        ),
        Question(
            id="helpers",
            kind="multi_choice",
            ask="Ai cùng làm?",
            short="Cùng làm",
            required=False,
            options=(
                Option(key="phu_nu", label="Hội Phụ nữ"),
                Option(key="nong_dan", label="Hội Nông dân"),
                Option(key="doan", label="Đoàn Thanh niên và Hội Sinh viên"),
            ),
        ),
        Question(id="start", kind="date", ask="Ngày bắt đầu?", short="Bắt đầu"),
        Question(id="award", kind="yes_no", ask="Đề nghị khen thưởng?", short="Khen thưởng"),
        Question(id="letter", kind="files", ask="Văn bản đề nghị", when=Condition(question="award", values=("yes",))),
    ),
)

TABLE = CriteriaTable(
    subject="tap_the",
    title="Đối với tập thể",
    step=Decimal("0.5"),
    total=Decimal(100),
    rows=tuple(
        Criterion(
            code=f"{n:02}",
            text=f"Nội dung tiêu chí {n}",
            max=Decimal(10 if n == 7 else 15),
            evidence=EvidenceHint(hint="Có số liệu cụ thể"),
        )
        for n in range(1, 8)
    ),
)
SCORECARD = scorecard_form(TABLE)


def happened(*acts: tuple[Any, ...]) -> list[Event]:
    """Events numbered from 1, from (op, question) or (op, question, value)."""
    return [
        Event(id=n, op=act[0], question=act[1], value=act[2] if len(act) > 2 else None, person=1, at=NOON)
        for n, act in enumerate(acts, 1)
    ]


def photo(name: str = "hop-dan.jpg") -> dict[str, Any]:
    return {"kind": "photo", "name": name, "sha256": "ab" * 32, "size": 2048, "media": "image/jpeg"}
