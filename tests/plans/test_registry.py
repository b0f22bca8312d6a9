"""Forms and bodies are found by the day; what nobody has looked up stays empty."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from bot.plan.registry import beside, load

SHIPPED = Path(__file__).parents[2] / "plans" / "registry"
THEMATIC = "bao_cao_chuyen_de"


@pytest.mark.parametrize(
    ("day", "act", "code", "sure"),
    [
        (date(2023, 12, 31), "NĐ 91/2017/NĐ-CP", "07", True),
        (date(2024, 1, 1), "NĐ 98/2023/NĐ-CP", "", False),
        (date(2025, 6, 30), "NĐ 98/2023/NĐ-CP", "", False),
        (date(2025, 7, 1), "NĐ 152/2025/NĐ-CP", "", False),
    ],
)
def test_the_form_in_force_is_the_one_of_the_day(day: date, act: str, code: str, sure: bool) -> None:
    version = load(SHIPPED).forms.on(THEMATIC, day)
    assert version is not None
    assert (version.act, version.code, version.sure) == (act, code, sure)


def test_no_code_is_sure_that_nobody_has_read_and_every_entry_names_its_source() -> None:
    registry = load(SHIPPED)
    versions = [version for form in registry.forms.forms for version in form.versions]
    assert all(version.source and (version.code or not version.sure) for version in versions)
    assert all(body.source for body in registry.bodies.bodies)


def test_an_unknown_form_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        load(SHIPPED).forms.on("bao_cao_khac", date(2024, 1, 1))


def test_a_day_that_no_act_covers_has_no_form(tmp_path: Path) -> None:
    text = (SHIPPED / "forms.yaml").read_text(encoding="utf-8")
    (tmp_path / "forms.yaml").write_text(text.replace("valid_from: 2025-07-01", "valid_from: 2026-01-01"), "utf-8")
    (tmp_path / "bodies.yaml").write_text((SHIPPED / "bodies.yaml").read_text(encoding="utf-8"), "utf-8")
    assert load(tmp_path).forms.on(THEMATIC, date(2025, 9, 1)) is None


@pytest.mark.parametrize(
    ("office", "level", "id", "last_day"),
    [
        ("Ban Dân vận Huyện ủy", "huyen", "cap_huyen", date(2025, 6, 30)),
        ("Hội đồng Thi đua - Khen thưởng huyện", "huyen", "cap_huyen", date(2025, 6, 30)),
        ("Chủ tịch Uỷ ban nhân dân huyện", "huyen", "cap_huyen", date(2025, 6, 30)),
        ("Phòng Nội vụ", "huyen", "phong_cap_huyen", date(2025, 6, 30)),
        ("Ban Dân vận Tỉnh ủy", "tinh", "ban_dan_van", date(2025, 2, 2)),
        ("BAN DAN VAN TINH UY", "tinh", "ban_dan_van", date(2025, 2, 2)),
        ("Sở Nội vụ tỉnh Ninh Thuận", "tinh", "tinh_ninh_thuan", date(2025, 6, 30)),
    ],
)
def test_a_body_that_has_ended_is_known_by_its_name(office: str, level: str, id: str, last_day: date) -> None:
    body = load(SHIPPED).bodies.ended(office, level)
    assert body is not None
    assert (body.id, body.last_day) == (id, last_day)


@pytest.mark.parametrize(
    "office",
    [
        "Ban Tuyên giáo và Dân vận Tỉnh ủy",
        "Khối Dân vận xã",
        "Phòng Nội vụ",
        "UBND xã Vạn Ninh",
        "Chủ tịch UBND tỉnh",
        "Chủ tịch UBND tỉnh Khánh Hòa",
        "Ủy ban MTTQ Việt Nam tỉnh",
        "",
    ],
)
def test_a_body_that_goes_on_is_not_taken_for_one_that_ended(office: str) -> None:
    assert load(SHIPPED).bodies.ended(office, "tinh") is None


def test_what_followed_is_said_only_where_a_text_says_it() -> None:
    followed = {body.id: body.followed_by for body in load(SHIPPED).bodies.bodies}
    assert followed["ban_dan_van"] == "Ban Tuyên giáo và Dân vận"
    assert (followed["cap_huyen"], followed["phong_cap_huyen"]) == ("", "")


def test_a_folder_without_registers_takes_the_shipped_ones(tmp_path: Path) -> None:
    assert beside(str(tmp_path / "plan.yaml")) == load(SHIPPED)
    own = tmp_path / "registry"
    own.mkdir()
    (own / "forms.yaml").write_text("forms: []\n", encoding="utf-8")
    (own / "bodies.yaml").write_text("bodies: []\n", encoding="utf-8")
    assert beside(str(tmp_path / "plan.yaml")).forms.keys == ()


def test_a_register_that_was_changed_is_read_again(tmp_path: Path) -> None:
    own = tmp_path / "registry"
    own.mkdir()
    (own / "bodies.yaml").write_text("bodies: []\n", encoding="utf-8")
    for number, keys in enumerate(((), ("mau_moi",))):
        listed = "".join(f"  - {{id: {key}, name: Mẫu, versions: []}}\n" for key in keys) or "  []\n"
        (own / "forms.yaml").write_text(f"forms:\n{listed}", encoding="utf-8")
        os.utime(own / "forms.yaml", ns=(number, number))
        assert beside(str(tmp_path / "plan.yaml")).forms.keys == keys
