"""How the people of the stories hand in a report, where the story is about something else."""

from __future__ import annotations

from tests.talk import Speaker

RESULTS = "Đã tổ chức 12 cuộc đối thoại với Nhân dân, giải quyết 35 kiến nghị."


async def writes(speaker: Speaker, report: str = "Báo cáo quý I", text: str = RESULTS) -> None:
    """All questions of a report of Bình Định, up to its summary."""
    await speaker.says("/baocao").hears(f"• {report} –")
    await speaker.picks(f"Soạn: {report}").hears("Đề nghị nêu tóm tắt kết quả")
    await speaker.says(text).hears("mô hình, điển hình")
    await speaker.picks("Bỏ qua").hears("khó khăn, vướng mắc")
    await speaker.picks("Bỏ qua").hears("tài liệu kèm theo")
    await speaker.picks("Bỏ qua").hears("1. Kết quả thực hiện:", "Nộp")


async def reports(speaker: Speaker, report: str = "Báo cáo quý I", text: str = RESULTS) -> str:
    """The same, handed in; returns what was heard."""
    await writes(speaker, report, text)
    return await speaker.picks("Nộp").hears("Đã tiếp nhận", report, "dưới dạng tệp Word")
