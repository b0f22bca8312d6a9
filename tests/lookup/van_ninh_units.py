"""The district of Vạn Ninh and its thirteen units of 2024."""

from bot.lookup.units import UnitEntry

NAMES = (
    "thị trấn Vạn Giã",
    "xã Đại Lãnh",
    "xã Vạn Bình",
    "xã Vạn Hưng",
    "xã Vạn Khánh",
    "xã Vạn Long",
    "xã Vạn Lương",
    "xã Vạn Phú",
    "xã Vạn Phước",
    "xã Vạn Thạnh",
    "xã Vạn Thắng",
    "xã Vạn Thọ",
    "xã Xuân Sơn",
)
VAN_NINH = [
    UnitEntry(1, "VN", "huyện Vạn Ninh", "huyện", ""),
    *(UnitEntry(n, f"225{n:02d}", name, name.rsplit(" ", 2)[0], "huyện Vạn Ninh") for n, name in enumerate(NAMES, 2)),
]
