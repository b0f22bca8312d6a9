"""Every reference of a plan leads somewhere and every number can be meant; else the plan is refused at the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import PlanWrong
from bot.plan.loader import load
from bot.plan.shelf import Shelf

SMALL = Path(__file__).parent / "small"


def refused(folder: Path, file: str, old: str, new: str, path: str, said: str) -> None:
    """The small plan with one change is refused with a finding at that path which says that."""
    text = (SMALL / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"“{old}” stands there {text.count(old)} times"
    changed = folder / file
    changed.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PlanWrong) as caught:
        load(changed)
    findings = caught.value.findings
    assert (path, True) in [(finding.path, said in finding.text) for finding in findings], [str(f) for f in findings]
    assert all(finding.remedy for finding in findings)


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        # document
        ("valid_from: 2024-01", "valid_from: 2024-13", "valid_from", "no date"),
        ("recurrence: annual", "valid_to: 2023-12", "valid_to", "ends before"),
        ("recurrence: annual", "years: [2024, 2024]", "years.1", "twice"),
        ("recurrence: annual", "years: [20240]", "years.0", "no year"),
        ("valid_from: 2024-01", "valid_from: 0024-01", "valid_from", "no year"),
        ("on: {2024: 2024-01-20}", "on: {2024: 0001-01-20}", "occurrences.huong_dan.on.2024", "no year"),
        ("{kind: annual, before: 07-10}", "{kind: fixed, before: 0001-01-01}",
         "milestones.dang_ky.exceptions.0.date.before", "no year"),
        ("{kind: annual, before: 07-10}", "{kind: month, month: 9999-12}",
         "milestones.dang_ky.exceptions.0.date.month", "no year"),
        ("parent: trung-uong", "parent: nho-con-nguoi", "parent", "above itself"),
        ("{id: hd_cham, document", "{id: ct_33, document", "references.ct_33.id", "twice"),
        ('version: "2026"', 'version: "2024"', "amendments.1.version", "twice"),
        ("effective: 2026-10-01", "effective: 2023-10-01", "amendments.1.effective", "older"),
        # subjects and fields
        ("from_units: [so, xa]", "from_units: [so, phuong]", "subjects.ca_nhan.from_units", "phuong"),
        ("{id: van_hoa, name", "{id: văn_hóa, name", "fields.văn_hóa.id", "button"),
        ("{id: tap_the, name: Tập thể}", "{id: tập thể, name: Tập thể}", "subjects.tập thể.id", "button"),
        # people
        ("valid_from: 2025-02-03", "valid_from: 2025-02-02", "roles.thuong_truc.id", "at the same time"),
        ("valid_to: 2025-12-31", "valid_to: 2024-12-31", "roles.thuong_truc.valid_to", "before it begins"),
        ("person: true, over: units", "over: units", "roles.phu_trach_xa.over", "person"),
        ("roles: [tham_dinh, quyet_dinh]", "roles: [tham_dinh]", "separations.1.roles", "Too few"),
        ("roles: [tham_dinh, quyet_dinh]", "roles: [tham_dinh, ky]", "separations.1.roles", "ky"),
        ("roles: [kiem_tra]", "roles: []", "separations.2.roles", "Too few"),
        ("ranked: true, overseer: phu_trach_cum", "overseer: ai_do", "clusters.cum_1.overseer", "ai_do"),
        ("members: [t.so]", "members: [t.so, t.so]", "clusters.khoi_so.members", "twice"),
        ("members: [t.so]", "members: [t.khac]", "clusters.khoi_so.members", "t.khac"),
        ("members: [t.so]", "members: []", "clusters.khoi_so.members", "Nobody"),
        ("participants: [khach.xa9]", "participants: [khach.xa9, t.so]", "participants.1", "own units"),
        ("participants: [khach.xa9]", "participants: [khach.xa9, khach.xa9]", "participants.1", "twice"),
        ("name: Sở Nội vụ, kind: so}", "name: Sở Nội vụ, kind: phong}", "units.t.so.kind", "phong"),
        ("name: xã Một, kind: xa}", "name: xã Một, kind: xa, parent: t.kdc}", "units.t.xa1.parent", "above itself"),
        # forms
        ("ten, subject: loai", "ten_goi, subject: loai", "forms.dang_ky.exemplar.name", "ten_goi"),
        ("exemplar: {name: ten, subject: loai,", "exemplar: {name: ten,", "forms.dang_ky.questions", "several subjects"),
        ("exemplar: {name: ten, subject", "exemplar: {subject", "forms.dang_ky.questions", "ask for a name"),
        ("max_length: 150", "required: false", "forms.dang_ky.questions.ten.required", "without “ten”"),
        ("ask: Đối tượng nào?, options: subjects", "ask: Ai?, options: fields", "forms.dang_ky.questions.loai.options",
         "kinh_te"),
        ("{id: loai, kind: choice, ask: Đối tượng nào?, options: subjects}", "{id: loai, kind: text, ask: Ai?}",
         "forms.dang_ky.questions.loai.kind", "chosen from"),
        ("{id: khen, kind: yes_no,", "{id: khen, kind: text,", "forms.dang_ky.questions.khen.kind", "yes or a no"),
        ("{key: new, label: Mới}", "{key: mới, label: Mới}", "forms.dang_ky.questions.tinh_trang.options.mới.key",
         "button"),
        ("source: nguon}", "source: nguon, continuing: cu}", "forms.dang_ky.exemplar.continuing", "cu"),
        ("[Ban Thường trực Ủy ban MTTQ cấp xã]", "[]", "forms.dang_ky.confirmations.1.any_of", "Nobody"),
        ("purpose: feedback", "purpose: feedback\\n    exemplar: {name: noi_dung}", "forms.gop_y.exemplar",
         "Only a registration"),
        # criteria elsewhere
        ("  reference: hd_cham", "  reference: hd_khac", "criteria_elsewhere.reference", "hd_khac"),
        ("  to: cơ quan thường trực\\n", "  to: ' '\\n", "criteria_elsewhere.to", "not said"),
        # duties and dates
        ("on: {2024: 2024-01-20}", "on: {24: 2024-01-20}", "occurrences.huong_dan.on.24", "no year"),
        ("after: huong_dan", "after: huong_dan_so", "milestones.dang_ky.after", "huong_dan_so"),
        ("after: huong_dan", "after: nho-con-nguoi/dang_ky", "milestones.dang_ky.after", "the plan itself"),
        ("after: huong_dan", "after: dang_ky", "milestones.dang_ky.after", "before itself"),
        ("owed_by: invited_units", "owed_by: standing_office", "milestones.dang_ky.owed_by", "invited units"),
        ("    owed_by: invited_units\\n", "", "milestones.dang_ky.settled_by", "Nobody owes it"),
        ("owed_by: invited_units", "owed_by: role", "milestones.dang_ky", "not said"),
        ("owed_by: invited_units", "owed_by: every_unit\\n    role: tham_dinh", "milestones.dang_ky.role",
         "not by a role"),
        ("role: phu_trach_cum", "role: ai_do", "milestones.don_doc.role", "ai_do"),
        ("    form: dang_ky\\n    after: huong_dan", "    form: gop_y\\n    after: x", "milestones.dang_ky.after", "x"),
        ("{kind: annual, before: 07-10}", "{kind: annual}", "milestones.dang_ky.exceptions.0.date", "either"),
        ("{kind: annual, before: 07-10}", "{kind: annual, before: 07-10, by: 07-11}",
         "milestones.dang_ky.exceptions.0.date", "either"),
        ("{kind: annual, before: 07-10}", "{kind: fixed}", "milestones.dang_ky.exceptions.0.date", "either"),
        ("{kind: annual, before: 07-10}", "{kind: annual, by: 02-29}", "milestones.dang_ky.exceptions.0.date.by",
         "every year"),
        ("{kind: annual, before: 07-10}", "{kind: window, first: 07-10, last: 07-01}",
         "milestones.dang_ky.exceptions.0.date.last", "before it begins"),
        ("{kind: annual, before: 07-10}", "{kind: window, first: 2024-07-10, last: 07-01}",
         "milestones.dang_ky.exceptions.0.date.last", "has none"),
        ("{kind: annual, before: 07-10}", "{kind: window, first: 2024-07-32, last: 2024-08-01}",
         "milestones.dang_ky.exceptions.0.date.first", "no day"),
        ("{kind: annual, before: 07-10}", "{kind: window, first: 2024-07-01, last: 2024-08-01, next_year: true}",
         "milestones.dang_ky.exceptions.0.date.next_year", "themselves"),
        ("{kind: annual, before: 07-10}", "{kind: month, month: 13}", "milestones.dang_ky.exceptions.0.date.month",
         "no month"),
        ("{kind: annual, before: 07-10}", "{kind: every, every: month, by_day: 5}",
         "milestones.dang_ky.exceptions.0.date", "several times"),
        ("{kind: annual, before: 07-10}", "{kind: reference, reference: ct_34}",
         "milestones.dang_ky.exceptions.0.date.reference", "ct_34"),
        ("{kind: annual, before: 07-10}", "{kind: relative, number: 3, to: hop}",
         "milestones.dang_ky.exceptions.0.date.to", "hop"),
        ("unit_kinds: [truong]", "unit_kinds: [truong_hoc]", "milestones.dang_ky.exceptions.0.unit_kinds", "truong_hoc"),
        ("unit_kinds: [truong]", "unit_kinds: []", "milestones.dang_ky.exceptions.0.unit_kinds", "Nobody"),
        ("{sender: Khu dân cư, to", "{sender: '', to", "milestones.dang_ky.hops.0.sender", "empty"),
        ("date: {kind: every, every: month}", "date: {kind: every, every: month, by_day: 31}",
         "milestones.don_doc.date", "no day 31"),
        ("date: {kind: every, every: month}", "date: {kind: every, every: year, by_day: 3}",
         "milestones.don_doc.date", "Which month"),
        ("date: {kind: every, every: month}", "date: {kind: every, every: month, by_day: 3, before_day: 4}",
         "milestones.don_doc.date", "Both"),
        ("- id: don_doc\\n", "- id: don_doc_cac_don_vi_trong_\\n", "milestones.don_doc_cac_don_vi_trong_.id", "not written as"),
        ("- id: don_doc\\n", "- id: don_doc_trong_ca_cums\\n", "milestones.don_doc_trong_ca_cums.id", "too long"),
        ("role: phu_trach_cum\\n  -", "role: phu_trach_cum\\n    series: x\\n  -", "milestones.don_doc.series", "filled in"),
        ("role: phu_trach_cum\\n  -", "role: phu_trach_cum\\n    steps: [-1]\\n  -", "milestones.don_doc.steps", "negative"),
        ("role: phu_trach_cum\\n  -", "role: phu_trach_cum\\n    steps: [999999999]\\n  -", "milestones.don_doc.steps",
         "in no season"),
        ("{id: kho_khan, name", "{id: huong_dan, name", "occurrences.huong_dan.id", "milestone is called"),
        ("- milestone: dang_ky", "- milestone: dangky", "notices.0.milestone", "dangky"),
        ("date: {kind: fixed, by: 2025-02-28}", "date: {kind: fixed, by: 2026-02-28}", "notices.0.date", "not in 2025"),
        ("date: {kind: fixed, by: 2025-02-28}", "date: {kind: every, every: month}", "notices.0.date", "one date"),
        ("document: Công văn số 15/MTTQ ngày 20/01/2025", "document: ' '", "notices.0.document", "not said"),
        # targets and levels
        ("counts: [new, replicated], unit_kinds: [xa]", "counts: [moi]", "targets.moi_don_vi.counts", "moi"),
        ("counts: [new, replicated], unit_kinds: [xa]", "unit_kinds: [phuong]", "targets.moi_don_vi.unit_kinds",
         "phuong"),
        ("at_least: 1, ambition: 2", "at_least: 3, ambition: 2", "targets.moi_don_vi.ambition", "below"),
        ("last_year: 2025}", "first_year: 2026, last_year: 2025}", "targets.moi_don_vi.last_year", "before it begins"),
        ("signed_by: quyet_dinh", "signed_by: ai_do", "levels.tinh.awards.0.signed_by", "ai_do"),
    ],
)  # fmt: skip
def test_people_forms_and_dates(tmp_path: Path, old: str, new: str, path: str, said: str) -> None:
    refused(tmp_path, "people.yaml", old.replace("\\n", "\n"), new.replace("\\n", "\n"), path, said)


ROW_A = "{code: II.a, text: Chấp hành quy chế, max: 15}"


def row(rest: str, most: str = "max: 15, ") -> str:
    return f"{{code: II.a, text: Chấp hành quy chế, {most}{rest}}}"


def scoring(rest: str, most: str = "max: 15, ") -> str:
    return row(f"scoring: {{{rest}}}", most)


IN_A = "criteria.bang_xa.rows.II.rows.II.a"
OPTIONS = "options: [{key: a, label: A, points: 15}"


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        # tables
        ("  - subject: dung_dau", "  - subject: bi_thu", "criteria.bi_thu.subject", "bi_thu"),
        ("  - subject: dung_dau", "  - subject: dung_dau\\n    id: bang_xa", "criteria.bang_xa.id", "twice"),
        ("    step: 0.25", "    step: 0", "criteria.bang_xa.step", "above 0"),
        ("    step: 0.25", "    step: 0.25\\n    level: huyen", "criteria.bang_xa.level", "huyen"),
        ("    step: 0.25", "    step: 0.25\\n    for_kinds: [xa]", "criteria.bang_xa.for_kinds", "xa"),
        ("    step: 0.25", "    step: 0.25\\n    most: -1", "criteria.bang_xa.most", "below 0"),
        ("total: 10\\n", "total: 1e999999\\n", "criteria.dung_dau.total", "cannot be meant"),
        ("total: 10\\n", "total: 10.00001\\n", "criteria.dung_dau.total", "finer"),
        ("{id: council, name: Hội đồng chấm", "{id: self, name: Hội đồng chấm", "criteria.bang_xa.columns.self.id",
         "twice"),
        ("{id: council, name: Hội đồng chấm", "{id: max, name: Hội đồng chấm", "criteria.bang_xa.columns.max.id",
         "printed column"),
        ("role: hoi_dong}\\n    printed", "role: ai_do}\\n    printed", "criteria.bang_xa.columns.council.role", "ai_do"),
        ("shows: council", "shows: appraiser", "criteria.bang_xa.printed.4.shows", "appraiser"),
        # rows
        (ROW_A, ROW_A.replace("II.a", "I.1"), "criteria.bang_xa.rows.II.rows.I.1.code", "twice"),
        (ROW_A, ROW_A.replace("II.a", "I"), "criteria.bang_xa.rows.II.rows.I.code", "twice"),
        (ROW_A, ROW_A.replace("II.a", "đ"), "criteria.bang_xa.rows.II.rows.đ.code", "button"),
        (ROW_A, ROW_A.replace("max: 15", "max: -15"), f"{IN_A}.max", "below 0"),
        (ROW_A, ROW_A.replace("max: 15", "max: 15.1"), f"{IN_A}.max", "steps of 0.25"),
        (ROW_A, ROW_A.replace(", max: 15", ""), IN_A, "must have points"),
        (ROW_A, row("standard: nhanh_hon"), f"{IN_A}.standard", "nhanh_hon"),
        (ROW_A, row("owner: ai_do"), f"{IN_A}.owner", "ai_do"),
        (ROW_A, row("not_with: [I.9]"), f"{IN_A}.not_with", "I.9"),
        (ROW_A, row("not_with: [II.a]"), f"{IN_A}.not_with", "itself"),
        (ROW_A, row("aggregate: highest"), f"{IN_A}.aggregate", "no rows"),
        (ROW_A, row("evidence: {min_items: -1}"), f"{IN_A}.evidence.min_items", "less than no"),
        ("text: Kỷ cương", "text: Kỷ cương\\n        scoring: {kind: check}", "criteria.bang_xa.rows.II.scoring",
         "from its rows"),
        # row kinds
        (ROW_A, scoring("kind: points, step: 0"), f"{IN_A}.scoring.step", "above 0"),
        (ROW_A, scoring("kind: points, step: 4"), f"{IN_A}.max", "steps of 4"),
        (ROW_A, scoring("kind: choice, options: []"), f"{IN_A}.scoring.options", "nothing to choose"),
        (ROW_A, scoring(f"kind: choice, {OPTIONS}, {{key: a, label: B, points: 1}}]"),
         f"{IN_A}.scoring.options.a.key", "twice"),
        (ROW_A, scoring(f"kind: choice, {OPTIONS}, {{key: b, label: B, points: 16}}]"),
         f"{IN_A}.scoring.options.b.points", "more than the row"),
        (ROW_A, scoring(f"kind: imported, source: chi bộ, {OPTIONS}, {{key: b, label: B, points: -1}}]"),
         f"{IN_A}.scoring.options.b.points", "below 0"),
        (ROW_A, scoring("kind: band, measure: hộ, bands: []"), f"{IN_A}.scoring.bands", "no bands"),
        (ROW_A, scoring("kind: band, measure: hộ, bands: [{at_least: 9, below: 9, points: 15}]"),
         f"{IN_A}.scoring.bands.0", "No number"),
        (ROW_A, scoring("kind: band, measure: hộ, bands: [{at_least: 9, above: 9, points: 15}]"),
         f"{IN_A}.scoring.bands.0", "at_least and above"),
        (ROW_A, scoring("kind: band, measure: hộ, bands: [{at_most: 9, below: 9, points: 15}]"),
         f"{IN_A}.scoring.bands.0", "at_most and below"),
        (ROW_A, scoring("kind: ratio, share: hộ, whole: hộ"), f"{IN_A}.scoring.whole", "same name"),
        (ROW_A, scoring("kind: count, measure: hộ, each: 0"), f"{IN_A}.scoring.each", "worth something"),
        (ROW_A, scoring("kind: minus, measure: đơn, each: -1"), f"{IN_A}.scoring.each", "worth something"),
        (ROW_A, scoring("kind: sample, measure: đơn, size: 5, each: 0"), f"{IN_A}.scoring.each", "worth something"),
        (ROW_A, scoring("kind: gate, opens: [II.x]", ""), f"{IN_A}.scoring.opens", "II.x"),
        (ROW_A, scoring("kind: gate, opens: []", ""), f"{IN_A}.scoring.opens", "opens nothing"),
        (ROW_A, scoring("kind: gate, opens: [II.a]", ""), f"{IN_A}.scoring.opens", "itself"),
        (ROW_A, scoring("kind: gate, opens: [II.b]"), f"{IN_A}.max", "no points of its own"),
        (ROW_A, scoring("kind: zero_item"), f"{IN_A}.max", "no points of its own"),
        ('{code: "1", text: Nêu gương, max: 10}',
         '{code: "1", text: Nêu gương, max: 10}\\n      - {code: "2", text: Liệt, scoring: {kind: zero_item}}',
         "criteria.dung_dau.rows.2.scoring", "here is none"),
        # standards, facts, grades
        ("{id: sach, subject: tap_the", "{id: sach, subject: ai", "standards.sach.subject", "ai"),
        ("kind: percent, stated_by: phieu", "kind: percent, stated_by: ai_do", "facts.tan_thanh.stated_by", "ai_do"),
        ("tables: [bang_xa]", "tables: [bang_huyen]", "grades.hang_xa.tables", "bang_huyen"),
        ("- {id: tot, name: Tốt", "- {id: xuat_sac, name: Tốt", "grades.hang_xa.grades.xuat_sac.id", "twice"),
        ("range: {at_least: 80, below: 90}", "range: {at_least: 95}", "grades.hang_xa.grades.tot", "begins above"),
        ("range: {at_least: 80, below: 90}", "range: {at_least: 90, below: 90}", "grades.hang_xa.grades.tot.range",
         "No number"),
        ("code: II, percent: 60", "code: IV, percent: 60", "grades.hang_xa.grades.xuat_sac.conditions.IV.code", "IV"),
        ("code: II, percent: 60", 'code: "1", percent: 60', "grades.hang_xa.grades.xuat_sac.conditions.1.code", "“1”"),
        ("code: II, percent: 60", "code: II, percent: 600", "grades.hang_xa.grades.xuat_sac.conditions.II.percent",
         "no share"),
        ("fact: tan_thanh, range: {at_least: 98}", "fact: tan_thanh",
         "grades.hang_xa.grades.xuat_sac.conditions.1", "how much"),
        ("{kind: fact, fact: nhiem_vu}", "{kind: fact, fact: nhiem_vu, range: {above: 0}}",
         "grades.hang_xa.grades.xuat_sac.conditions.2.range", "yes or a no"),
        ("{kind: fact, fact: nhiem_vu}", "{kind: fact, fact: hang_don_vi}",
         "grades.hang_xa.grades.xuat_sac.conditions.2.fact", "is a grade"),
        ("{kind: fact, fact: nhiem_vu}", "{kind: fact, fact: nhiem_vu_2}",
         "grades.hang_xa.grades.xuat_sac.conditions.2.fact", "nhiem_vu_2"),
        ("fact: ky_luat, grade: tot", "fact: ky_luat, grade: gioi", "grades.hang_xa.effects.0.grade", "gioi"),
        ("fact: ky_luat, grade: tot", "fact: ky_luat", "grades.hang_xa.effects.0", "not said"),
        ("fact: ky_luat, grade: tot", "fact: tan_thanh, grade: tot", "grades.hang_xa.effects.0.fact", "yes_no"),
        ("fact: sai_minh_chung, by: 1", "fact: sai_minh_chung, by: 5", "grades.hang_xa.effects.1.by", "only 5"),
        ("{effect: person, fact: to_cao}", "{effect: person, fact: to_cao, grade: yeu}",
         "grades.hang_xa.effects.3.grade", "names no grade"),
        ("effect: not_above, fact: hang_don_vi", "effect: not_above, fact: ky_luat", "grades.hang_dung_dau.effects.0.fact",
         "kind grade"),
        # levels
        ("    decided_on: council\\n    passes:\\n      - {kind: total, percent: 80}",
         "    decided_on: commission\\n    passes:\\n      - {kind: total, percent: 80}", "levels.cong_nhan.decided_on",
         "commission"),
        ("{kind: total, percent: 80}", "{kind: total}", "levels.cong_nhan.passes.0", "either"),
        ("{kind: total, percent: 80}", "{kind: total, percent: 80, points: 80}", "levels.cong_nhan.passes.0", "either"),
        ("{kind: total, percent: 80}", "{kind: total, percent: 180}", "levels.cong_nhan.passes.0.percent", "no share"),
        ("level: cong_nhan, years: 2", "level: huyen, years: 2", "levels.tieu_bieu.passes.0.level", "huyen"),
        ("scale: hang_xa, grade: tot", "scale: hang_huyen, grade: tot", "levels.tieu_bieu.passes.1.scale", "hang_huyen"),
        ("scale: hang_xa, grade: tot", "scale: hang_xa, grade: a", "levels.tieu_bieu.passes.1.grade", "a"),
        ("level: tieu_bieu}", "level: khen}", "levels.khen.passes.0.level", "the level itself"),
        ("{by: row, code: I.2}", "{by: row, code: I.3}", "levels.tieu_bieu.tie_break.chain.I.3.code", "I.3"),
        ("{by: fact, code: tan_thanh}", "{by: fact, code: phieu}", "levels.tieu_bieu.tie_break.chain.phieu.code", "phieu"),
        ("chain: [{by: total}, {by: row", "chain: [{by: total, code: I}, {by: row",
         "levels.tieu_bieu.tie_break.chain.I.code", "no code"),
        ("    priorities:\\n      - {id: vung_kho, name: Xã vùng khó khăn}\\n", "",
         "levels.tieu_bieu.tie_break.chain.5.by", "no priorities"),
        ("quorum: 2/3", "quorum: 3/2", "levels.tieu_bieu.meeting.quorum", "no share"),
        ("approve_percent: 80", "approve_percent: 180", "levels.tieu_bieu.meeting.approve_percent", "no share"),
        ("name: Cờ thi đua, signed_by: ky", "name: Cờ thi đua, signed_by: ai_do", "levels.tieu_bieu.awards.0.signed_by",
         "ai_do"),
    ],
)  # fmt: skip
def test_criteria_grades_and_levels(tmp_path: Path, old: str, new: str, path: str, said: str) -> None:
    refused(tmp_path, "levels.yaml", old.replace("\\n", "\n"), new.replace("\\n", "\n"), path, said)


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        ("form: bao_cao_chuyen_de  #", "form: bao_cao_07  #", "levels.xa.dossier.parts.bao_cao.form", "bao_cao_07"),
        ("name: Hình ảnh, if_any: true, attached_to: bao_cao", "name: Hình ảnh, attached_to: bang_diem",
         "levels.xa.dossier.parts.hinh_anh.attached_to", "bang_diem"),
        ("name: Hình ảnh, if_any: true, attached_to: bao_cao", "name: Hình ảnh, attached_to: hinh_anh",
         "levels.xa.dossier.parts.hinh_anh.attached_to", "itself"),
        ("made_of: registration", "made_of: scorecard", "levels.xa.dossier.parts.dang_ky.made_of", "no criteria"),
        ("    purpose: registration\\n    exemplar: {status: tinh_trang}\\n", "",
         "levels.xa.dossier.parts.dang_ky.made_of", "no registration"),
        ("{id: hieu_qua, name", "{id: cach_lam, name", "levels.xa.outline.points.cach_lam.id", "twice"),
        ("{id: hinh_anh, name", "{id: to_trinh, name", "levels.xa.dossier.parts.to_trinh.id", "twice"),
        ("counts: [new, old]", "counts: [new, older]", "targets.chi_bo.counts", "older"),
        ("at_least: 1, at_most: 3", "at_least: 4, at_most: 3", "targets.chi_bo.at_most", "below"),
        ("targets:\\n", "targets:\\n  - {id: chi_bo, at_least: 1}\\n", "targets.chi_bo.id", "twice"),
        ("reference: quy_dinh_tinh}", "reference: quy_dinh_xa}", "milestones.ho_so.date.reference", "quy_dinh_xa"),
        ("name: Báo cáo, date: {kind: every, every: quarter}", "name: Báo cáo, date: {kind: relative, number: 5, to: bao_cao}",
         "milestones.bao_cao.date.to", "itself"),
    ],
)  # fmt: skip
def test_dossiers_targets_and_references(tmp_path: Path, old: str, new: str, path: str, said: str) -> None:
    refused(tmp_path, "documents.yaml", old.replace("\\n", "\n"), new.replace("\\n", "\n"), path, said)


QUOTA = "    quotas: [{{subjects: [{subjects}], {rest}}}]\n    awards: [{{name: Giấy khen, signed_by: dang_uy}}]"
AWARDS = "    awards: [{name: Giấy khen, signed_by: dang_uy}]"


@pytest.mark.parametrize(
    ("subjects", "rest", "path", "said"),
    [
        ("tap_the", "per: unit", "", "a number, a percentage or a range"),
        ("tap_the", "number: 1, percent: 5", "", "a number, a percentage or a range"),
        ("tap_the", "number: 1, at_most: 5", "", "a number, a percentage or a range"),
        ("tap_the", "at_least: 3, at_most: 1", ".at_least", "more than the most"),
        ("tap_the, ca_nhan", "number: 1", ".subjects", "ca_nhan"),
        ("", "number: 1", ".subjects", "not said"),
        ("tap_the", "number: 1, shared: true", ".shared", "nothing to share"),
        ("tap_the", "percent: 120", ".percent", "no share"),
        ("tap_the", "percent: 20, of: villages", ".of", "villages"),
        ("tap_the", "percent: 20, of: 'grade:xuat_sac'", ".of", "xuat_sac"),
        ("tap_the", "number: 2, of: units", ".of", "goes with a percentage"),
        ("tap_the", "percent: 20, small_below: 5", "", "guarantee"),
        ("tap_the", "percent: 20, ceiling_percent: 10", ".ceiling_percent", "less than the share"),
        ("tap_the", "number: 2, per: cluster", ".per", "no clusters"),
        ("tap_the", "number: 2, exceptions: [{units: [xa_la], number: 3}]", ".exceptions.0.units", "xa_la"),
    ],
)
def test_a_quota_has_one_shape(tmp_path: Path, subjects: str, rest: str, path: str, said: str) -> None:
    quota = QUOTA.format(subjects=subjects, rest=rest)
    refused(tmp_path, "documents.yaml", AWARDS, quota, f"levels.xa.quotas.0{path}", said)


@pytest.mark.parametrize(
    "rest",
    [
        "number: 3",
        "percent: 20, of: candidates, small_below: 5, small_number: 1, ceiling_percent: 25",
        "at_least: 1, at_most: 3, per: unit, beyond: person",
    ],
)
def test_quotas_of_each_shape_load(tmp_path: Path, rest: str) -> None:
    text = (SMALL / "documents.yaml").read_text(encoding="utf-8")
    file = tmp_path / "plan.yaml"
    file.write_text(text.replace(AWARDS, QUOTA.format(subjects="tap_the", rest=rest)), encoding="utf-8")
    assert len(load(file).levels[0].quotas) == 1


def test_what_waits_for_itself_in_a_circle_is_told_at_each_place(tmp_path: Path) -> None:
    text = (SMALL / "documents.yaml").read_text(encoding="utf-8")
    a, b = "{kind: relative, number: 1, to: ke_hoach}", "{kind: relative, number: 1, to: dang_ky}"
    text = text.replace("name: Đăng ký, date: {kind: unspecified}", f"name: Đăng ký, date: {a}")
    text = text.replace("name: Xây dựng kế hoạch, date: {kind: unspecified}", f"name: Xây dựng kế hoạch, date: {b}")
    file = tmp_path / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PlanWrong) as caught:
        load(file)
    assert [finding.path for finding in caught.value.findings] == [
        "milestones.dang_ky.date.to",
        "milestones.ke_hoach.date.to",
    ]


def test_to_count_from_a_duty_that_comes_several_times_needs_one_occasion(tmp_path: Path) -> None:
    text = (SMALL / "documents.yaml").read_text(encoding="utf-8")
    file = tmp_path / "plan.yaml"
    counted = "name: Đăng ký, date: {kind: relative, number: 5, side: after, to: bao_cao%s}"
    file.write_text(text.replace("name: Đăng ký, date: {kind: unspecified}", counted % ""), encoding="utf-8")
    with pytest.raises(PlanWrong, match="several times a year"):
        load(file)
    file.write_text(text.replace("name: Đăng ký, date: {kind: unspecified}", counted % "_q1"), encoding="utf-8")
    assert load(file).milestone("dang_ky").date.kind == "relative"


def test_awards_that_presuppose_each_other_are_refused(tmp_path: Path) -> None:
    text = (SMALL / "levels.yaml").read_text(encoding="utf-8")
    file = tmp_path / "plan.yaml"
    file.write_text(text.replace("{kind: vote}  #", "{kind: award_at, level: khen}  #"), encoding="utf-8")
    with pytest.raises(PlanWrong) as caught:
        load(file)
    assert [finding.path for finding in caught.value.findings] == [
        "levels.tieu_bieu.passes.2.level",
        "levels.khen.passes.0.level",
    ]


def test_a_unit_that_the_database_cannot_take_is_refused(tmp_path: Path) -> None:
    bare = (SMALL / "documents_bare.yaml").read_text(encoding="utf-8")
    file = tmp_path / "plan.yaml"
    file.write_text(bare + f"units:\n  - {{code: {'x' * 65}, name: xã X, kind: {'k' * 33}}}\n", encoding="utf-8")
    with pytest.raises(PlanWrong) as caught:
        load(file)
    assert [(finding.path.split(".")[-1], finding.remedy) for finding in caught.value.findings] == [
        ("code", "Write a shorter one."),
        ("kind", "Write a shorter one."),
    ]


def test_of_plans_that_stand_above_each_other_the_last_is_refused(tmp_path: Path) -> None:
    bare = (SMALL / "documents_bare.yaml").read_text(encoding="utf-8")
    for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
        text = bare.replace("id: nho-nhat", f"id: {one}\nparent: {other}")
        (tmp_path / f"{one}.yaml").write_text(text, encoding="utf-8")
        load(tmp_path / f"{one}.yaml")
    look = Shelf(tmp_path).look()
    assert list(look.fresh) == ["a", "b"]
    assert [(Path(finding.file).name, finding.path) for finding in look.findings] == [("c.yaml", "parent")]
