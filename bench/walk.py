"""What every person says in the benchmark – open the scorecard, answer seven rows, look at the summary –, and is told."""

from __future__ import annotations

import json
from dataclasses import dataclass

FIRST_CHAT = 1_000_000  # chat ids of people; 1_000_000 + n for person n
SUMMARY = "xem lại"
BUTTON = 2  # which of the buttons of row 1 is pressed, counted from 0
POINTS = ("13,5", "14", "15", "14,5", "13,5", "9")  # typed for the rows 2 to 7
STEPS = ("begin", "button", *(f"row {n}" for n in range(2, 8)), "summary")
OPENED = 2  # steps after which a conversation stands open with one answer


def letter(number: int) -> str:
    """What everybody is sent where sending is measured."""
    return (
        f"Nhắc việc số {number}: đăng ký mô hình “Dân vận khéo”\n"
        "Thực hiện kế hoạch của huyện, đề nghị đơn vị đăng ký trước ngày 15 tháng 02 năm 2024 (ngày làm việc cuối cùng: "
        "thứ Tư, 07/02). Năm nay không đăng ký thì đề nghị báo “Năm nay không đăng ký”."
    )


@dataclass(slots=True)
class Person:
    """Somebody walking through the form; `token` is what the button to be pressed carries."""

    number: int
    step: int = 0
    token: str = ""

    @property
    def chat(self) -> int:
        return FIRST_CHAT + self.number

    @property
    def wants_button(self) -> bool:
        """Whether the reply to the present step shows the button that is pressed next."""
        return STEPS[self.step] == "begin"

    def update(self, number: int) -> bytes:
        """The webhook's body for the present step; `number` becomes update and message id."""
        speaker = f'{{"id":{self.chat},"is_bot":false,"first_name":"Lan {self.number}","language_code":"vi"}}'
        chat = f'{{"id":{self.chat},"type":"private","first_name":"Lan {self.number}"}}'
        if STEPS[self.step] == "button":
            message = f'{{"message_id":{number},"date":1770000000,"chat":{chat},"text":"?"}}'
            return (
                f'{{"update_id":{number},"callback_query":{{"id":"{number}","from":{speaker},"message":{message},'
                f'"chat_instance":"1","data":{json.dumps(self.token)}}}}}'
            ).encode()
        text, entities = self._text(), ""
        if text.startswith("/"):
            length = len(text.split()[0])
            entities = f',"entities":[{{"type":"bot_command","offset":0,"length":{length}}}]'
        return (
            f'{{"update_id":{number},"message":{{"message_id":{number},"date":1770000000,"chat":{chat},'
            f'"from":{speaker},"text":{json.dumps(text)}{entities}}}}}'
        ).encode()

    def _text(self) -> str:
        if self.step == 0:
            return f"/tucham e{self.number + 1}"
        if self.step == len(STEPS) - 1:
            return SUMMARY
        return f"tc{self.step} {POINTS[self.step - 2]}"
