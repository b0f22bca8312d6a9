"""How the people of the stories fill in a registration, where the story is about something else."""

from __future__ import annotations

from tests.talk import Speaker

CAMERA = "Camera an ninh thôn Xuân Tự"
BUOI = "Bưởi da xanh thôn Xuân Cam"
PAPER = "dưới dạng tệp Word"
"""What the message with the paper says, which follows the receipt."""


async def fills_in(
    speaker: Speaker,
    name: str = CAMERA,
    *,
    begin: str = "/dangky",
    field: str = "An ninh, quốc phòng",
    benefit: str = "",
    award: str = "Có",
) -> None:
    """All questions of a registration, up to its summary."""
    await speaker.says(begin).hears("tập thể hay cá nhân")
    await speaker.picks("Tập thể").hears("tên điển hình")
    await speaker.says(name).hears("nào thực hiện")
    await speaker.says("Chi hội Phụ nữ thôn Xuân Tự").hears("Đề nghị chọn lĩnh vực")
    await speaker.picks(field).hears("nội dung gần nhất")
    if field == "Kinh tế":
        await speaker.picks("Bỏ qua").hears("giá trị làm lợi")
        await speaker.says(benefit or "để sau").hears("thời gian triển khai")
    else:
        await speaker.picks("Bỏ qua").hears("thời gian triển khai")
    await speaker.says("từ tháng 01 đến tháng 12 năm 2024").hears("khen thưởng không?")
    await speaker.picks(award).hears("1. Loại điển hình: Tập thể", f"2. Tên điển hình: {name}", "Nộp bản đăng ký")


async def registers(speaker: Speaker, name: str = CAMERA, **how: str) -> str:
    """The same, handed in; returns what was heard."""
    await fills_in(speaker, name, **how)
    return await speaker.picks("Nộp bản đăng ký").hears("Đã tiếp nhận bản đăng ký", name, PAPER)
