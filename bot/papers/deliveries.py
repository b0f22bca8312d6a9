"""Who is to get a broadcast, and how far it came with each, as a workbook for the office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.clock import ZONE
from bot.papers.workbook import Cell, Rows, workbook
from bot.store.broadcasts import Delivery
from bot.store.outbox import NO_ROOM

RECIPIENTS, DELIVERIES, TOTALS = "Nơi nhận", "Kết quả gửi", "Tổng hợp"
STATES = {
    "seen": "Đã nhận (đã bấm nút)",
    "sent": "Đã gửi",
    "waiting": "Đang chờ gửi",
    "no_channel": "Chưa có kênh",
    "blocked": "Đã chặn Khéo",
    "gone": "Địa chỉ không còn",
    "failed": "Gửi không được",
    "unknown": "Không rõ đã đến chưa",
    "cancelled": "Không gửi (đã dừng)",
}
WHY = {
    "declined": "không đồng ý thông báo về dữ liệu cá nhân",
    "blocked": "đã chặn Khéo",
    "gone": "địa chỉ không còn",
    "never": "chưa vào Khéo",
    "nobody": "đơn vị chưa có ai trên Khéo",
    "over": "đơn vị đã kết thúc hoạt động",
    NO_ROOM: "bot đã hết số tin được gửi trong tháng",
}
CHANNELS = {"telegram": "Telegram", "web": "trang web", "terminal": "dòng lệnh", "zalo": "Zalo"}
"""On paper, which is always Vietnamese."""


def recipients(rows: Sequence[Delivery], names: Mapping[int, str]) -> bytes:
    """The list before it is sent."""
    table: list[list[Cell]] = []
    for place, row in enumerate(rows, start=1):
        how = _channel(row.channel) if row.address_id is not None else WHY.get(row.why, "chưa có kênh")
        table.append([place, _unit(row, names), _whom(row), how])
    return workbook("Nơi nhận thông báo", [Rows(RECIPIENTS, ["STT", "Đơn vị", "Người / nhóm nhận", "Kênh"], table)])


def deliveries(rows: Sequence[Delivery], names: Mapping[int, str], over: frozenset[int] = frozenset()) -> bytes:
    """The report: one row a recipient, and how many of each state. `over`: units that are no more."""
    table: list[list[Cell]] = []
    counted: dict[str, int] = {}
    for place, row in enumerate(rows, start=1):
        counted[row.state] = counted.get(row.state, 0) + 1
        why = "over" if row.why == "nobody" and row.unit_id in over else row.why
        reason = WHY.get(why, "") if row.state == "no_channel" else WHY.get(row.error, row.error)
        sent = row.sent_at.astimezone(ZONE) if row.sent_at else None
        seen = row.seen_at.astimezone(ZONE) if row.seen_at else None
        table.append(
            [
                place,
                _unit(row, names),
                _whom(row),
                _channel(row.channel),
                STATES.get(row.state, row.state),
                reason,
                sent,
                seen,
                row.seen_by,
            ]
        )
    headings = ["STT", "Đơn vị", "Người / nhóm nhận", "Kênh", "Tình trạng", "Lý do", "Gửi lúc", "Nhận lúc", "Ai bấm"]
    sums: list[list[Cell]] = [[STATES[state], counted[state]] for state in STATES if state in counted]
    sums.append(["Tổng số", len(rows)])
    return workbook(
        "Kết quả gửi thông báo",
        [Rows(DELIVERIES, headings, table), Rows(TOTALS, ["Tình trạng", "Số nơi nhận"], sums)],
    )


def _unit(row: Delivery, names: Mapping[int, str]) -> str:
    return names.get(row.unit_id, "") if row.unit_id is not None else ""


def _whom(row: Delivery) -> str:
    if row.person_id is not None:
        return row.person
    return f"nhóm {row.group}" if row.address_id is not None else ""


def _channel(name: str) -> str:
    return CHANNELS.get(name.partition(":")[0], name)
