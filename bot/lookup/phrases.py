"""The phrases people ask with: one table, from keyword patterns to intents."""

from __future__ import annotations

# How each rule is read. Patterns see the text folded (no diacritics), short forms written out, courtesies at both ends
# taken off, and UNIT, TC (a numbered criterion), DATE, YEAR in place of what was found. "…" between words is anything.
# `{self}` and `{who}` stand for the fragments below. The first rule that fits counts, so what is narrow stands first.
_SELF = (
    r"(?:(?:ben|cua|cho|xa|phuong|thi tran|don vi|co quan|dia phuong) )*"
    r"(?:(?:(?<=xa )|(?<=vi )|(?<=quan )|(?<=ben ))(?:anh|chi|bac)|chung toi|chung minh|chung em|toi(?: em| minh)?|minh|em|ta|bac|chau|nha minh)"
)
FRAGMENTS = {
    "{self}": _SELF,
    "{who}": rf"(?:(?:UNIT|{_SELF}|xa|don vi|co quan) (?:thi )?)?",
    "{others}": r"(?:ai|(?:(?:nhung|cac|con|may) )?(?:xa|don vi|noi|dia phuong|co quan|phong ban|thi tran|phong|ban) nao)",
    "{office}": r"(?:co quan|don vi|noi|cap|ban|ben|phong|bo phan|cho|so)",
    "{when}": r"(?:bao gio|khi nao|luc nao|bua nao|chung nao|(?:vao )?(?:ngay|hom|thang|quy|thoi diem) (?:nao|may|bao nhieu)|den dau)",
    "{how}": r"(?:the nao|nhu the nao|nhu nao|ra sao|lam sao|man sao|sao|kieu gi|bang cach nao|cach nao|o dau|cho nao)",
    "{model}": r"(?:mo hinh|dien hinh|dan van kheo)",
    "{proof}": r"(?:tai lieu(?: kiem chung| minh chung| chung minh)?|minh chung|kiem chung|bang chung|chung cu)",
    "{year}": r"(?: (?:nam )?(?:YEAR|nam nay|nay))?",
}

# Whole: the pattern is the whole sentence. Asked: only where the sentence has the form of a question.
# Unsure: the words often mean something else. Stated: it is no question to the bot. Coarse: a single word decides, so it
# counts only in what was typed as a question, not in what mending its letters made one.
WHOLE, ASKED, UNSURE, STATED, COARSE = (frozenset({word}) for word in ("whole", "asked", "unsure", "stated", "coarse"))

_ANY: frozenset[str] = frozenset()

RULES: tuple[tuple[str, frozenset[str], tuple[str, ...]], ...] = (
    # ── points that nobody earned
    ("score.refuse", _ANY, (
        r"(?<!bang tu )(?<!bang )\bcham (?:diem |TC |luon )*(?:ho(?! so)|giup|gium|dum|thay)\b",
        r"\b(?:ho|giup|gium|thay) {self} (?:tu )?cham … \d",
        r"\b(?:nang|sua|tang|keo|don|doi) (?:\w+ ){0,3}diem (?:\w+ ){0,4}(?:len|thanh|du|cho|qua)\b",
        r"\b(?:nang|tang|keo|don) (?:cho )?(?:{self} )?(?:len|thanh|du) \d",
        r"^(?:cho|cham(?: diem)? cho|cham) {who}(?:luon |thang |them )?(?:du|tren|len|toan|full|tron|max) (?:\d+|diem|toi da)",
        r"^cho {self} (?:luon )?(?:\d+|them) diem",
        r"\bcham sao cho (?:du|dat|duoc|tren|qua)\b",
        r"\bcham (?:cho|du)\b … \bdu \d",
        r"\b(?:bia|che|tu nghi|tu dien|dien dai|khai khong) (?:\w+ )?(?:diem|so lieu|minh chung|thanh tich)\b",
        r"(?<!bang )\btu (?:dong )?cham (?:diem )?(?:cho|ho|giup) {self}",
        r"\bgoi y diem\b",
    )),
    # ── bodies that are no more, and who comes after them
    ("successor.show", _ANY, (
        r"\b(?:giai the|giai tan|sap nhap|sat nhap|bai bo|khong con(?: nua| hoat dong| cap huyen)?|het (?:cap )?huyen|bo (?:cap )?huyen|bo (?:roi|r)|ket thuc hoat dong|thoi hoat dong)\b … (?:nop|gui|bao cao|dang ky|xet|khen|tham dinh|trinh|tinh|lam|ky|thay|phu trach|xac nhan|lien he)\b … (?:ai|nao|o dau|ve dau|dau|{how})\b",
        r"\b(?:giai the|giai tan|sap nhap|sat nhap|bai bo|khong con|bo (?:cap )?huyen|het cap huyen)\b … (?:ai|{office} nao) (?:xet|khen|nhan|thay|ky|tham dinh|phu trach|xac nhan|lo|lam|quyet dinh)\b",
        r"\b(?:bo|het|khong con) (?:cap )?huyen\b … (?:ai|nao|dau|{how})\b",
        r"\bsau (?:ngay )?DATE … (?:nop|gui|dang ky|bao cao|trinh|xet|khen)\b … (?:ai|{office} nao|ve dau|o dau)\b",
        r"\b(?:ai|{office} nao) (?:se |da |duoc |co |tiep nhan |nhan |lam )*(?:thay the|thay|ke nhiem|ke thua|tiep quan)\b",
        r"\b(?:sau|tu khi|tu luc) (?:khi )?(?:sap nhap|sat nhap|giai the|bo huyen|bo cap huyen)\b … (?:ai|nao|dau|{how})\b",
        r"\b(?:sap nhap|sat nhap) (?:vao|voi|thanh|ve) (?:dau|xa nao|dau roi|don vi nao)\b",
        r"\b(?:chinh quyen|mo hinh chinh quyen|chinh quyen dia phuong) (?:2|hai) cap\b … (?:ai|nao|dau|{how})\b",
        r"\b(?:ban dan van|phong noi vu|huyen uy|hoi_? dong|ubnd huyen|cap huyen)(?: huyen| huyen uy| nay| gio)* (?:co )?con (?:hoat dong )?(?:khong|nua khong|hay khong)$",
        r"\b(?:ban dan van|phong noi vu|huyen uy|hoi_? dong|uy ban|ubnd|UNIT|huyen)\b … (?:giai the|giai tan|khong con|bi bo|bo roi|sap nhap)\b … (?:thi sao|the nao|tinh sao|ra sao|lam sao|chua|khong|ai|dau|nao)$",
    )),
    # ── to whom it goes
    ("recipient.show", _ANY, (
        r"\b(?:gui|nop|chuyen|trinh|dang ky)\b(?: (?!truoc|ngay|han|xong|chua|da\b)\w+){0,6} (?:ve dau|cho ai|o dau|di dau|den dau(?! roi)|qua ai|voi ai|toi ai|(?:ve|cho|toi|den|voi|tai|o|qua)? ?{office} (?:nao|mo)|cho nao|o cho nao)\b(?! (?:tren nay|chua|thi|chiu|da) )",
        r"^(?:gui|nop|chuyen|trinh) (?:ve |cho )?(?:dau|ai)\b",
        r"\bgoi ve (?:dau|{office} nao)\b",
        r"\b(?:gui|nop)(?: \w+){0,4} (?:ve|cho|len|o) \w+ hay (?:ve |cho |len |o )?\w+$",
        r"\b(?:phan anh|bao|noi|hoi|kien nghi) (?:voi|cho|len) (?:ai|{office} nao)\b",
        r"\bbao(?: cho)? (?:ai|{office} nao)$",
        r"\b(?:ai|{office} nao) (?:se |la nguoi |la noi |duoc |co trach nhiem )*(?:tiep nhan|thu nhan|nhan (?:ho so|ban|bao cao|dang ky|giay)|thu (?:ho so|ban|bao cao))",
        r"\b(?:nop|gui)\b … (?:truc tiep|thang)\b … (?:qua|hay)\b",
        r"\b(?:nop|gui)(?: \w+){0,4} (?:qua|cho|ve) (?:phong|ban|so|UNIT|ubnd)\b … (?:khong|a|ha|phai khong|dung khong)$",
        r"^(?:noi nhan|noi nop|noi gui|dia chi nop|dia chi gui)\b(?: \w+){0,5}$",
    )),
    # ── models that are enough, or old
    ("target.show", _ANY, (
        r"^{who}(?:da |co )*(?:du|dat) (?:chi tieu|so mo hinh|mo hinh|so luong mo hinh)(?: \w+){0,4} (?:chua|khong)$",
        r"(?<!toi )\b(?:thieu|con thieu|con phai (?:lam|co|dang ky|xay dung)|can them|can lam them) (?:may|bao nhieu) (?:mo hinh|dien hinh)\b",
    )),
    ("target.explain", _ANY, (
        r"\b(?:moi|mot|1|01|tung) (?:xa|don vi|co quan|noi|to chuc|dia phuong|phong|nam)\b … (?:may|bao nhieu|it nhat|toi thieu|nhieu nhat)\b … (?:mo hinh|dien hinh)",
        r"\b(?:phai|can|bat buoc|toi thieu|it nhat|chi tieu)(?: \w+){0,5} (?:may|bao nhieu)(?: cai)? (?:mo hinh|dien hinh)\b",
        r"\b(?:may|bao nhieu)(?: cai)? (?:mo hinh|dien hinh) (?:\w+ )?(?:mot|1|moi|tren) (?:nam|don vi|xa|co quan)",
        r"\b(?:mo hinh|dien hinh)(?: \w+){0,3} (?:cu|nam ngoai|nam truoc|cac nam truoc|truoc day|da lam|da thuc hien|nhieu nam|co san)\b … (?:khong|chua|tinh sao|{how})$",
        r"\b(?:tinh|duoc tinh|cong|xai|dung)(?: \w+){0,3} (?:mo hinh|dien hinh) (?:cu|nam ngoai|nam truoc)\b … (?:khong|chua|a|ha)$",
        r"\b(?:mo hinh|dien hinh)(?: \w+){0,3} (?:co |duoc )+tinh\b … (?:khong|chua|a|ha|sao|{how})$",
        r"\b(?:may|bao nhieu) mo hinh (?:thi |la )?(?:du|dat)\b",
        r"\bmo hinh (?:co )?(?:duoc )?tinh (?:khong|vao|la|cho)\b",
        r"\bcong don\b … (?:khong|la sao|la gi|nghia|{how})",
        r"\bso (?:luong )?mo hinh (?:toi thieu|it nhat|phai co|can co)\b",
        r"^(?:xem )?chi tieu (?:ve |xay dung |so )*(?:mo hinh|dien hinh)\b(?: \w+){0,6}$",
    )),
    # ── how one registers
    ("register.how", _ANY, (
        r"^(?:{self} )?(?:lam sao|lam the nao|the nao|lam cach nao|bang cach nao)(?: \w+)? ?(?:de )?(?:{self} )?(?:dang ky|ghi danh)\b(?: {model}| moi| them| duoc| mot| dien hinh)*(?: thi)?(?: {self})?(?: lam| phai lam| phai| can| can lam)?(?: {how}| gi| lam gi| nhung gi| can gi| gom nhung gi| can nhung gi| nhung thu tuc gi| thu tuc gi| buoc nao| nhung buoc nao)?$",
        r"^(?:{who}|{self} )?muon (?:dang ky|ghi danh)\b(?: {model}| moi| them| duoc| mot| dien hinh)*(?: thi)?(?: {self})?(?: lam| phai lam| phai| can| can lam)? (?:{how}|gi|lam gi|nhung gi|can gi|gom nhung gi|can nhung gi|nhung thu tuc gi|thu tuc gi|buoc nao|nhung buoc nao)$",
        r"\b(?:cach|cach thuc|quy trinh|thu tuc|huong dan|cac buoc)(?: de)? dang ky\b(?: \w+){0,5}$",
        r"^(?:bay gio )?dang ky(?: {model}| moi)*(?: thi)?(?: {self})?(?: lam| phai lam)? (?:{how}|can gi|phai lam gi|nhung gi|lam gi|can nhung gi|gom nhung gi)$",
        r"^(?:ban|phieu) dang ky(?: {model})*(?: gom| co| can)*(?: nhung)? (?:gi|muc nao|noi dung gi)",
    )),
    # ── the printed duplicate
    ("erratum.explain", _ANY, (
        r"\b(?:TC|tieu chi) … (?:giong|trung|lap|y het|y chang|nhu nhau|khac gi|khac nhau|khac \w+ (?:cho )?nao)\b … (?:TC|nhau|lai|\d|khong)",
        r"\b(?:TC|tieu chi) (?:co )?(?:bi )?(?:giong|trung|lap|y het|y chang)\b",
        r"\bTC (?:va |voi |cung )?TC … (?:giong|trung|lap|y het|y chang|nhu nhau|khac)\b",
        r"\bTC (?:lai )?nhu TC\b",
        r"\b(?:hai|2) tieu chi … (?:giong|trung|lap|nhu nhau)\b",
        r"\b(?:in|danh may|go|ghi) (?:nham|sai|loi|lap|trung|thieu)\b … (?:TC|tieu chi|bang|phu luc|ke hoach)",
        r"\b(?:TC|tieu chi|bang|phu luc|ke hoach) … (?:in|danh may|go|ghi) (?:nham|sai|loi|lap|trung)\b",
        r"\b(?:sao|tai sao|vi sao) … (?:TC|tieu chi) … (?:giong|trung|lap)\b",
        r"^(?:dinh chinh|loi in|ban dinh chinh)\b",
    )),
    # ── why, and how much is enough
    ("score.explain", _ANY, (
        r"\b(?:sao|tai sao|vi sao|ly do|do dau|co gi ma) … (?:khong|chua|van|bi|lai|ma) … (?:khong dat|dat|du|duoc|loai|rot|truot|thieu)\b",
        r"\b(?:khong|chua) (?:dat|du dieu kien|du chuan|du diem|duoc de nghi|duoc cong nhan) (?:la )?(?:sao|tai sao|vi sao|do dau|ly do)",
        r"\bdiem … (?:ma|sao|van|nhung) … (?:khong|chua|rot|truot|loai)\b",
        r"\b(?:\d+(?: phay \d+)?|(?:bay|tam|chin) muoi(?: \w+)?|may|bao nhieu|nhieu) (?:diem )?(?:tro len )?(?:thi |la |moi |da |co |nhu the )*(?:dat|du|dau|dau duoc|qua|duoc de nghi|duoc khen|duoc cong nhan|rot|truot)\b(?! diem)",
        r"\bdiem (?:nay|the nay|nhu the|nhu vay|do|{self}) (?:thi |co |da )*(?:dat|du|qua)\b",
        r"\b(?:can|phai|toi thieu) (?:dat |co |duoc |toi thieu |it nhat )*(?:bao nhieu|may) diem\b",
        r"\b(?:diem|muc) (?:dat|san|toi thieu|lay)\b … (?:bao nhieu|may|la gi|the nao)",
        r"\bthe nao (?:thi |la |moi )*(?:dat|du dieu kien|du chuan)\b",
        r"\b(?:dieu kien|tieu chuan) (?:de )?dat\b",
        r"\b90 (?:phan tram )?… (?:la sao|nghia la|hieu sao|tinh sao|tinh the nao|cua gi|tung tieu chi|moi tieu chi)",
        r"\b(?:giai thich|ly giai) … (?:diem|ket qua|khong dat)\b",
        r"\bTC … diem (?:thi |co )*(?:dat|du|qua|sao khong|co sao)\b",
        r"^{who}(?:da |co )*(?:dat|du dieu kien|du chuan|du diem)(?: de nghi| de xuat| khen| khen thuong| duoc| cap huyen| cap tinh)* (?:chua|khong|hay chua)$",
    )),
    # ── what the plan asks before anybody is proposed
    ("history.show", ASKED, (
        r"\b(?:2|hai|02|hai|may|bao nhieu) nam (?:lien tuc|lien tiep|lien)\b",
        r"\bnam lien tuc\b",
    )),
    ("history.show", WHOLE, (r"(?:tieu chuan |dieu kien |quy dinh )?(?:2|hai|02) nam (?:lien tuc|lien tiep)(?: cap huyen)?",)),
    ("spontaneous.show", ASKED, (r"\b(?:khen|khen thuong|giay khen)(?: thuong)? (?:dot xuat|nong|bat ngo|ngay)\b", r"\bdot xuat\b")),
    ("spontaneous.show", WHOLE, (r"(?:khen thuong|khen) (?:dot xuat|nong)",)),
    ("conditions.show", _ANY, (
        r"(?<!du )\b(?:dieu kien|tieu chuan|yeu cau)\b(?: (?:gi|nao|nhung gi|de|thi|cho|ve|cua|moi|la|can|phai))*(?: \w+){0,3}? ?(?:duoc|khen|khen thuong|de nghi|de xuat|xet|cong nhan|tham gia|len (?:cap )?tinh|cap (?:tinh|huyen|co so|xa)|tap the|ca nhan|giay khen|bang khen|dien hinh)\b",
        r"\b(?:lam sao|the nao|can gi|phai gi|muon(?! hoi| biet)|sao|can|phai co)\b … (?:duoc|moi|de)(?: \w+){0,3} (?:khen|khen thuong|de nghi|cong nhan|len (?:cap )?tinh|giay khen|bang khen)\b",
        r"^(?:de |muon )(?:\w+ ){0,3}(?:khen|giay khen|bang khen|cong nhan|de nghi|len (?:cap )?tinh)\b … (?:can|phai)\b … (?:gi|nao|sao|{how})",
        r"\bcan (?:nhung )?(?:dieu kien|tieu chuan) (?:gi|nao)\b",
        r"\b(?:dat|co|can|phai) (?:\w+ )?(?:nhung gi|gi|sao|the nao) (?:thi )?moi (?:duoc|dat)\b",
        r"\b(?:(?:tap the|ca nhan|doi tuong) nao|ai|nhung ai) (?:thi |moi )?(?:duoc|du dieu kien) (?:khen|de nghi|xet|dang ky|tham gia|cong nhan|binh xet)\b",
        r"^doi tuong (?:khen|xet|ap dung|tham gia|dang ky|cua)\b(?: \w+){0,4}$",
        r"\bphai (?:duoc )?(?:khen|cong nhan|co giay khen)\b … (?:truoc|moi)\b",
        r"\b(?:bo phieu|binh chon|lay phieu)\b … (?:khong|{how}|bao nhieu)$",
    )),
    # ── papers: what a dossier holds, what the report says, which form
    ("report.outline", _ANY, (
        r"^(?!.*\bmau\b).*\bbao cao thanh tich\b … (?:viet|ghi|neu|gom|co|can|noi dung|phan|muc|trinh bay|phai) … (?:gi|nao|{how})\b",
        r"^(?:noi dung|bo cuc|dan y|de cuong|cau truc)(?: cua| viet)? bao cao(?: thanh tich)?\b(?: \w+){0,4}$",
        r"\bnoi dung\b(?: \w+){0,5} bao cao thanh tich$",
        r"^(?:cach|huong dan|de cuong|goi y)(?: viet| lam| soan)? bao cao thanh tich\b(?: \w+){0,3}$",
        r"^(?:viet|lam|soan)(?: ban)? (?:bao cao )?thanh tich (?:thi )?(?:viet )?(?:{how}|nhung gi|gi|gom gi)",
        r"\bneu(?: ro)? (?:nhung )?(?:noi dung|y|muc) (?:gi|nao)\b",
    )),
    ("form.get", ASKED, (
        r"\b(?:mau|bieu mau)\b",
        r"\bDOC\b … (?:con (?:ap dung|dung|hieu luc)|mau)\b",
    )),
    ("form.get", WHOLE, (
        r"(?:xin |cho |can |gui |lay |tim |xem |tai |in |muon |vui long |em |toi |minh )*(?:cai |ban |1 |mot |file |tep )*(?:mau|bieu mau)(?: (?:so|bao cao|bao cao thanh tich|thanh tich|dang ky|ban dang ky|to trinh|bien ban|ho so|bang|tu cham|cua|DOC|moi|cu|nao|o dau|trong|chuan|\d+|nghi dinh|de nghi|khen thuong|theo|hien hanh|nha|vs|TC))*",
    )),
    ("dossier.parts", _ANY, (
        r"^(?!.*\b(?:minh chung|kiem chung|chung minh|TC|thieu|bao cao thanh tich)\b).*\bho so\b … (?:gom(?! \d)|bao gom(?! \d)|co nhung|can nhung|can gi|nhung gi|can giay to|nhung giay to|giay to gi|may thu|mon gi|nhung mon|thu gi|loai nao|nhung loai|can chuan bi|chuan bi|co gi)\b",
        r"\bthanh phan(?: cua)? ho so\b",
        r"\b(?:giay to|tai lieu|nhung gi|gi)\b(?: \w+){0,2} (?:cho|trong|cua) ho so\b",
        r"\btrong (?:bo )?ho so (?:co|gom|phai co|can)\b",
        r"\bho so\b … (?:may|bao nhieu) (?:bo|ban)\b",
        r"\b(?:may|bao nhieu) (?:bo|ban) (?:ho so|giay to)\b",
        r"\b(?:photo|phai|can|in|lam|nop|sao) (?:\w+ )?(?:may|bao nhieu) bo\b",
        r"^(?:nop|lap|lam|gui|can) (?:thanh )?(?:may|bao nhieu) bo$",
        r"\bho so (?:\w+ ){0,4}(?:can|phai co|kem|phai kem|co can)\b (?:\w+ ){0,6}(?:khong|a|ha)$",
        r"\b(?:to trinh|bien ban)\b(?: \w+){0,3} (?:do|cua) (?:ai|{office} nao)\b",
        r"^(?:lam|lap|chuan bi) ho so(?: \w+){0,4} (?:{how}|gi|nhung gi)$",
    )),
    ("dossier.parts", WHOLE, (r"(?:xem |danh muc |thanh phan |cac giay to )?(?:bo )?ho so(?: (?:de nghi|khen thuong|khen|trinh))*(?: cap)? (?:tinh|huyen|co so|xa)", r"danh muc ho so")),
    ("document.show", ASKED, (r"\bDOC\b", r"\b(?:can_? cu|dua)(?: vao| tren| theo)?(?: nhung| cac)? (?:van ban|dau|quy dinh|gi)\b", r"\b(?:nhung|cac) (?:van ban|chi thi|quyet dinh) (?:nao|gi)\b")),
    ("document.show", WHOLE, (r"(?:xem |tim |noi dung |cac |nhung )*(?:van ban|tai lieu) (?:lien quan|can_? cu|chi dao|kem theo|huong dan)",)),
    ("document.show", WHOLE | UNSURE, (r"(?:xem |tim |noi dung )?DOC",)),
    # ── where one stands, and what is printed
    ("register.status", _ANY, (
        r"^(?:{self} )?ho so(?: (?:cua|{self}|UNIT|da|duoc|dang|co|nop|gui|de nghi|khen thuong|anh|chi))* (?:duyet|tham dinh|xet|phe duyet|xem)(?: (?:xong|roi|den dau|toi dau))* ?(?:chua|den dau|toi dau|roi|{how})(?: roi)?$",
        r"^ho so(?: (?:cua|{self}|UNIT|da|duoc|dang|nop|gui|anh|chi|cai|hom truoc|minh))* (?:den dau|toi dau|(?:den|toi) (?:khau|buoc|giai doan|cap) nao|the nao|ra sao|sao)(?: roi)?$",
        r"^(?:mo hinh|dien hinh|ban dang ky|dang ky)(?: (?:cua|{self}|UNIT|nay))* (?:da |duoc )*(?:duyet|cong nhan|tham dinh|phe duyet)(?: xong)? (?:chua|hay chua)$",
        r"^(?:{who}|mo hinh |dien hinh )(?:da |duoc )*(?:duyet|tham dinh|cong nhan|phe duyet)(?: xong)? (?:chua|hay chua)$",
    )),
    ("export.table", _ANY, (
        r"^(?:\w+ ){0,3}(?:xuat|ket xuat|tai|in|gui|lay|cho xin|xin|cho|can|muon|lam)\b(?: \w+){0,6} (?:excel|xlsx|csv|xls)\b",
        r"^(?:thong ke|tong hop|danh sach|ds|so lieu)\b(?: \w+){0,8} (?:excel|xlsx|file tong hop)$",
        r"^(?:file |bang )?(?:excel|xlsx)(?: \w+){0,6}$",
        r"^(?:xuat|ket xuat|tai)(?: (?:bang|file|danh sach|so lieu|bao cao))* (?:tong hop|thong ke|danh sach|so lieu)\b(?: \w+){0,6}$",
    )),
    ("form.print", _ANY, (
        r"^(?:\w+ ){0,3}(?:in|xuat|tai|ket xuat)\b(?: \w+){0,4} (?:ban|bang|phieu|to|mau|don) (?:dang ky|tu cham|cham diem|tu danh gia|diem tu cham)\b(?: \w+){0,6}$",
        r"\b(?:ban|bang|phieu) (?:dang ky|tu cham|cham diem|tu danh gia|diem)\b(?: \w+){0,4} (?:word|docx|pdf|ban in|ra giay|in ra|in duoc|ban giay)\b",
        r"\b(?:file|tep|ban) (?:word|docx|pdf)\b … (?:dang ky|tu cham|cham diem)\b",
        r"^(?:in|xuat)(?: (?:ra|giup|ho|cho))* (?:giay|word|ban dang ky|bang tu cham|phieu)\b(?: \w+){0,5}$",
        r"^(?:in|xuat) (?:ban|bang|phieu)\b(?: \w+){0,5}$",
    )),
    # ── who does what
    ("award.who", _ANY, (
        r"\b(?:ai|{office} nao|nguoi nao)\b(?: (?:la|se|duoc|co|nguoi|tham quyen|quyen|phai|moi))* (?:ky(?! xac nhan| ban hanh)|khen|khen thuong|tang|trao|quyet dinh|cap giay khen|cong nhan)\b",
        r"\btham quyen (?:khen|tang|quyet dinh|cong nhan|ky)\b … (?:ai|nao|gi|dau|khong|$)",
        r"\b(?:giay khen|bang khen)(?: \w+){0,3} (?:do |cua )?(?:ai|cap nao)\b",
        r"\bdo (?:ai|cap nao|co quan nao) (?:ky|khen|tang|quyet dinh|cong nhan|trao)\b",
        r"\b(?:khen|khen thuong|thuong) (?:bang |duoc )?(?:hinh thuc nao|bang gi|cai gi|nhung gi|hinh thuc gi)\b",
        r"^(?:cac )?hinh thuc khen(?: thuong)?\b(?: \w+){0,4}$",
    )),
    ("role.who", _ANY, (
        r"\b(?:ai|{office} nao|hoi_? dong nao|nguoi nao)\b(?: (?:la|se|phai|co|duoc|chiu|thi|giao|quyen|tham quyen|nguoi|trach nhiem|lo))* (?:tham dinh|xet|xet duyet|duyet|xac nhan|danh gia|kiem tra|giam sat|don doc|theo doi|tong hop|thuong truc|co quan thuong truc|chu tri|huong dan|phu trach|hop|chiu trach nhiem|trach nhiem|ky xac nhan|phe duyet|binh xet|tham muu)\b",
        r"^ai (?:se |la nguoi )?cham(?: diem)?(?: vay| the| do)?$",
        r"\bai (?:cham|cham diem) (?:cho|diem cho|lai|chinh thuc|diem)\b(?! chua)",
        r"\b(?:co quan |bo phan |don vi )?thuong truc(?: phong trao)?(?: thi dua)?(?: la| thi)? (?:ai|{office} nao|gi|dau|o dau)\b",
        r"\bhoi_? dong(?: thi dua| khen thuong| xet| huyen)*(?: la| gom| co| nhung)+ (?:ai|nhung ai|gi|nao)\b",
        r"\b(?:tham dinh|xet duyet|xet|duyet|xac nhan|kiem tra|danh gia)\b … (?:do|boi|o) (?:ai|{office} nao|dau)\b",
        r"\b(?:xet|tham dinh|duyet|phu trach|lo|lam) hay (?:\w+ ){1,4}(?:xet|tham dinh|duyet|phu trach|lo|lam)$",
        r"\bxac nhan (?:cua|boi) (?:ai|{office} nao)\b",
        r"\bdau_? moi (?:la |o )?(?:ai|dau|{office} nao)\b",
        r"\b(?:ai|{office} nao)(?: (?:la|lam|se|duoc|giao|giu|vai tro)){1,3} dau_? moi\b",
        r"\b(?:UNIT|mat tran|doan the|so noi vu|phong noi vu|ban dan van|cong an|thu truong|chu tich)\b(?: \w+){0,3} (?:co|chiu) (?:trach nhiem|nhiem vu|vai tro) (?:gi|nao)\b",
    )),
    # ── who has done it, who has not (before "what do I lack")
    ("progress.show", _ANY, (
        r"^(?:\w+ ){0,4}{others} … (?:chua|da|con|roi|xong|cham|muon|tre|no|thieu|nop|dang ky)\b",
        r"\bcon (?:bao nhieu|may|nhung) (?:xa|don vi|noi|co quan|dia phuong) … (?:chua|no|thieu)\b",
        r"\b(?:bao nhieu|may) (?:xa|don vi|noi|co quan|dia phuong) … (?:chua|da|roi|nop|dang ky|cham|xong)\b",
        r"\b(?:chua|da) (?:nop|dang ky|cham|gui) (?:gom |la )?(?:\w+ ){0,3}(?:nhung )?{others}$",
        r"^(?:danh sach|ds|liet ke|thong ke|tong hop) (?:\w+ ){0,3}(?:chua|con thieu|con no|no|da|dang ky|nop|tien do|cham)\b",
        r"^(?:cac |nhung )?(?:xa|don vi|co quan|dia phuong) (?:con )?(?:chua|no) (?:nop|dang ky|cham|gui|co|tu cham)(?: \w+){0,4}$",
        r"^(?:xem |bao cao |tinh hinh )?tien do(?: (?:dang ky|nop|cham|cham diem|tu cham|thuc hien|ho so|bao cao|chung|toan huyen|cac xa|cac don vi|cua|UNIT|{self}|nhu the nao|the nao|den dau|toi dau|roi|ra sao|sao|hom nay|YEAR|nam|quy|thang|dau_?|cuoi|\d|i{1,3}|iv|mo hinh|dien hinh|huyen|hien nay|{model}))*$",
        r"^tinh hinh (?:dang ky|nop|cham diem|tu cham|thuc hien ke hoach|ho so)(?: \w+){0,4}$",
        r"\b(?:dang ky|nop|cham)(?: (?:ho so|mo hinh|diem|bao cao))? (?:den dau|toi dau|duoc may|duoc bao nhieu|bao nhieu|may)(?: (?:xa|don vi|mo hinh))?(?: roi)?$",
        r"^UNIT (?:\w+ )?(?:nop|dang ky|cham|gui|xong)(?: (?:ho so|mo hinh|diem|bao cao|gi|du|ban dang ky|tu cham|xong|het|dan van kheo|YEAR|nam))* (?:chua|hay chua|roi ha)$",
        r"^UNIT (?:lam|den|toi) (?:den |toi )?dau(?: roi)?$",
        r"^{self} (?:da )?(?:nop|dang ky|cham|gui)(?: (?:ho so|mo hinh|diem|bao cao|gi|du|ban dang ky|tu cham|xong|het))* (?:chua|hay chua)$",
    )),
    # ── what the scorecard lacks
    ("score.missing", _ANY, (
        r"\b(?:thieu|chua co|chua cham|chua nop|chua xong|chua dien|bo sot|sot|bo trong|chua bo sung|chua nhap)\b(?: \w+){0,3} (?:tieu chi|TC|diem|{proof})(?: \w+){0,3} (?:nao|gi|may|bao nhieu)",
        r"\b(?:thieu|chua co|chua cham|chua xong|chua dien|chua nhap) (?:nhung |bao nhieu |may |cac )(?:tieu chi|diem|{proof}|gi|muc)",
        r"\b(?:tieu chi|muc|dong|{proof}) (?:nao|gi)(?: \w+){0,4} (?:thieu|chua|sot|trong|chua du|con no)\b",
        r"\b(?:con|bao nhieu|may) (?:bao nhieu |may )?(?:tieu chi|muc) (?:nua|(?:\w+ )?(?:chua|thieu))\b",
        r"\bcon (?:bao nhieu|may) tieu chi\b",
        r"^(?:xem |liet ke )?(?:cac |nhung )?(?:tieu chi|muc) (?:con )?(?:thieu|chua cham|chua dat|chua du|chua xong|chua co {proof})$",
        r"^(?:ho so )?{who}(?:con |dang )?thieu (?:nhung )?(?:cai )?(?:gi|nhung gi)(?: nua| so voi \w+)?(?: {self})?$",
        r"^(?:kiem tra |xem |kt |coi )*(?:bang )?(?:tu cham|cham diem|bang diem)(?: cua)? {who}(?:con )?thieu (?:gi|nhung gi)\b",
        r"\bthieu {proof} (?:o|cho|cua) (?:TC|tieu chi nao|dau)\b",
        r"\bcon thieu (?:may|bao nhieu) diem\b",
        r"\bTC (?:\w+ ){0,2}(?:thieu|chua co) (?:gi|nhung gi|cai gi|{proof} (?:gi|nao))\b",
    )),
    # ── proofs
    ("evidence.hint", _ANY, (
        r"\b{proof} (?:cua |cho |ve |o )?(?:TC|tieu chi (?:nay|do))\b",
        r"\b{proof}\b … \b(?:gom|can|nhung gi|la gi|gi|nao|{how}|bao nhieu|may (?:ban|anh|tam))\b",
        r"\bTC\b … \b(?:can|nop|kem|dinh kem|phai co|co|dung|chung minh)\b … (?:gi|nao|{how})\b",
        r"\b(?:nop|kem|can|dinh kem|gui|chup|lay|dua) (?:\w+ ){0,3}(?:gi|anh|giay to gi|cai gi) (?:\w+ ){0,3}(?:minh chung|chung minh|kiem chung|TC|tieu chi)\b",
        r"\b(?:anh|hinh|video|bien ban|link|file|giay khen|ban chup|hinh anh)\b … \b(?:lam|la|thay|tinh la|coi la)\b … {proof} (?:duoc )?(?:khong|duoc khong)",
        r"\b(?:chung minh|kiem chung) (?:TC|tieu chi) … (?:gi|nao|{how})\b",
        r"\b(?:dung lai|dung chung) {proof} … (?:khong|{how})$",
        r"\bchung minh (?:bang gi|bang cach nao|{how}|nhu the nao)\b",
    )),
    ("evidence.hint", WHOLE, (r"(?:goi y |mau |vi du |cac |can )?{proof}(?: TC)?",)),
    # ── too late
    ("deadline.late", _ANY, (
        r"^(?!.*(?:DATE|nghi|tet|thu bay|thu 7|chu nhat)).*\b(?:nop|gui|dang ky|bao cao) (?:\w+ ){0,3}(?:tre|muon|cham|qua han|sau han|qua ngay)\b … (?:khong|sao|gi|{how}|kip|ngay|hom|tuan|bua|phat|tru|bi)\b",
        r"^(?!.*(?:DATE|nghi|tet|thu bay|thu 7|chu nhat)).*\b(?:tre|muon|qua|het|lo|sau|lo tre) (?:han|thoi han)\b … (?:thi|co|roi|duoc|sao|bi|con|van|xu ly)\b … (?:khong|sao|gi|{how}|kip|duoc)",
        r"\bkhong (?:nop|gui|bao cao)\b … (?:thi|co|bi) (?:\w+ ){0,2}(?:sao|gi|phat|tru)\b",
        r"\b(?:xin |co |duoc )*(?:gia han|lui han|doi han|keo dai han|noi han|hoan nop|keo dai thoi gian)\b",
        r"\bcho (?:{self} |phep |xin )*(?:nop|gui|dang ky) (?:\w+ ){0,2}(?:muon|tre|cham|sau)\b",
        r"\b(?:nop|gui|dang ky|bao cao) (?:muon|tre|cham)(?: han)?$",
        r"\bxin (?:nop|gui|dang ky) (?:\w+ ){0,2}(?:muon|tre|cham)\b",
        r"\btre (?:mot|hai|vai|may|\d+) (?:ngay|hom|bua|tuan)\b … (?:khong|sao|gi)",
    )),
    # ── the plan itself
    ("plan.show", _ANY, (
        r"\bke hoach(?: nay| do)?(?: cua (?:huyen|tinh|so|UNIT))?(?: (?:co|duoc|la|thi|dang|con|hien))* (?:hieu luc|ap dung|ban hanh|do ai|so may|so bao nhieu|ten (?:la )?gi|den (?:khi|nam) nao|cua ai|chay|thuc hien (?:tu|den|trong))\b",
        r"\b(?:ai|co quan nao) (?:ky )?ban hanh\b",
        r"\b(?:ten|so|giai doan)(?: \w+){0,3} ke hoach (?:la )?(?:gi|nao|may)\b",
        r"^(?:co )?(?:may|bao nhieu) ke hoach\b(?: \w+){0,4}$",
        r"^ke hoach(?: nay)? (?:cua )?(?:giai doan|nam) nao$",
        r"^(?:so|so hieu|ten|ngay ban hanh)(?: cua)? ke hoach\b(?: \w+){0,4}$",
        r"\b(?:theo|dang|hien|co|thuoc|nhung|cac|may) (?:\w+ ){0,3}ke hoach (?:nao|gi)\b(?! (?:chua|de))",
        r"^ke hoach (?:nao|gi) (?:dang|con|ap dung|hien)\b",
        r"^ke hoach(?: nay)? (?:la gi|noi gi|quy dinh gi|ve gi|gom gi)$",
    )),
    # ── the day, where the rule has to be read
    ("deadline.explain", _ANY, (
        r"\bDATE\b … \b(?:co |con |thi |la |van )*(?:duoc|kip|muon|tre|qua han|tinh|hop le|nhan)(?: .*)? ?(?:khong|chua|sao|the nao)$",
        r"\b(?:DATE|han|han chot|ngay cuoi|han cuoi|ngay nop)\b … (?:roi|trung|dinh|vuong|vao|nham|la) … (?:tet|ngay nghi|nghi|chu nhat|thu bay|thu 7|cuoi tuan|le|cn|mung)\b",
        r"\b(?:tet|ngay nghi|nghi le|chu nhat|thu bay|thu 7|cuoi tuan|nghi tet|ngay le|mung \w+(?: tet)?)\b … (?:nop|gui|tinh|lam) … (?:hom nao|ngay nao|bua nao|khi nao|bao gio|{how}|duoc khong|sao|kip|khong)",
        r"\b(?:nop|gui|dang ky)\b … (?:tet|ngay nghi|chu nhat|thu bay|thu 7|cuoi tuan)\b … (?:khong|kip|{how})$",
        r"\b(?:het|cuoi|dau_?|giua) thang \d+\b … (?:nop|gui|dang ky) … (?:duoc|kip|con)\b",
        r"\btruoc (?:ngay )?DATE … (?:la|nghia|tinh|co nghia|hieu|gom|ke ca|den)\b",
        r"\b(?:con |co )?(?:kip|con kip|con duoc)(?: (?:nop|dang ky|gui|han))*(?: nua)? (?:khong|chua)$",
        r"\b(?:hom nay|mai|ngay mai|mot|tuan sau|thang sau|sau tet|ra tet|sang tuan)\b … (?:nop|dang ky|gui)\b … (?:duoc khong|co duoc|kip|muon|tre|sao)",
        r"\b(?:nop|dang ky|gui)\b … (?:hom nay|mai|ngay mai|tuan sau|thang sau|sau tet|ra tet|sang tuan)\b … (?:duoc|kip|muon|tre|sao)",
    )),
    # ── the day
    ("deadline.show", _ANY, (
        r"{when} … \b(?:han|het han|nop|dang ky|bao cao|xet|gui|tong ket|so ket|cham|cham diem|tu cham|chot|hop|khen|khen thuong|dong|ket thuc|cong bo|binh xet)\b",
        r"\b(?:han|nop|dang ky|bao cao|xet|gui|tong ket|so ket|cham|chot|hop|het|khen|khen thuong|binh xet|ho so|danh gia|ket thuc)\b … \b(?:{when}|cham nhat|truoc ngay may|may gio|ngay may|bao lau)\b",
        r"\bcon (?:bao nhieu|may) (?:ngay|hom|tuan|thang|bua)\b",
        r"\bcon bao lau\b",
        r"\b(?:ngay|hom|bua) cuoi(?: cung)? (?:de )?(?:nop|gui|dang ky|bao cao)\b",
        r"^(?:xem |cac |nhung |lich )*(?:han|thoi han|deadline|han chot|han cuoi|moc|moc thoi gian|thoi gian nop|thoi gian dang ky|thoi gian gui|thoi gian xet|thoi gian bao cao|lich nop|lich xet|lich bao cao|han nop|thoi han nop)(?: (?:chot|cuoi|cuoi cung|nop|gui|dang ky|ban|ho so|bao cao|mo hinh|dien hinh|tu cham|cham diem|cham|xet|khen thuong|khen|de nghi|cap huyen|cap tinh|cap xa|cua|UNIT|{self}|nam|YEAR|quy|thang|la|nay|tong ket|so ket|to trinh|dan van kheo|thi dua|minh chung|danh gia|ke hoach|chua|\d+|sap toi|dau_?|cuoi|tiep theo|toi|gan nhat|trong|nao|gi|i|ii|iii|iv|{when}|may))*$",
        r"^(?:sap |da )?(?:den|toi|het|qua|sap het) han (?:chua|nop|dang ky|bao cao|ho so)\b(?: \w+){0,3}$",
        r"^(?:dang ky|nop|ho so|bao cao|nop ho so|nop bao cao|ban dang ky)(?: \w+){0,2} (?:truoc|den|cham nhat)(?: ngay)?(?: nao| may)?$",
        r"^(?:quy may|thang may|quy nao) … (?:xet|hop|khen|nop|bao cao)",
        r"\b(?:nop|gui|dang ky) (?:\w+ ){0,3}(?:truoc|cham nhat|den) (?:ngay )?(?:nao|may|bao nhieu)\b",
    )),
    ("deadline.show", ASKED, (
        r"\bco phai (?:nop |gui )?bao cao\b(?: \w+){0,4} khong$",
        r"\b(?:dang|phat|len|chay) (?:bao|song|tin|bai)?\b … {when}",
        r"{when} … \b(?:kiem tra|huong dan|ke hoach|dang bao|chuyen muc|trao giay khen|phat dong|so ket)\b",
        r"\b(?:kiem tra|huong dan|chuyen muc|ke hoach)\b … {when}",
    )),
    # ── fields, contacts, passages
    ("fields.show", ASKED, (r"\b(?:linh vuc)\b",)),
    ("fields.show", WHOLE, (r"(?:xem |ke |ke ten |liet ke |cac |nhung |danh sach |bon |4 |may )*linh vuc(?: (?:phong trao|mo hinh|dan van kheo|cua|ke hoach|thi dua|dang ky|kinh te))*",)),
    ("contact.show", _ANY, (
        r"\b(?:sdt|so dien thoai|so dt|so phone|so may|dien thoai)\b(?: \w+){0,6} (?:may|bao nhieu|la gi|gi|nao|so may)\b",
        r"^(?:\w+ ){0,4}(?:sdt|so dien thoai|so dt|so phone|hotline|dt(?= phong| ban| co quan| ubnd))\b(?: (?:cua|phong|ban|so|ubnd|noi vu|dan van|huyen uy|huyen|UNIT|co quan|thuong truc|don vi|tinh|xa|tinh uy|di|lien he|anh|chi))*$",
        r"^so (?:may )?(?:cua )?(?:phong|ban|co quan|ubnd|van phong)\b … (?:may|bao nhieu|la gi)$",
        r"\b(?:lien he|lien lac)\b … {how}$",
        r"\b(?:lien he|lien lac|goi|hoi) (?:voi |cho |o )?(?:ai|so nao|{office} nao|so may|dau)\b",
    )),
    ("text.find", ASKED, (r"\b(?:tien thuong|tien khen|kinh phi|ngan sach|nguon chi|uy vien phu trach)\b",)),
    ("text.find", WHOLE, (r"(?:ve |noi ve |phan )?(?:kinh phi|nguon kinh phi|muc dich|yeu cau|muc dich yeu cau|tuyen truyen)(?: thuc hien| cua ke hoach| phong trao)?",)),
    # ── what begins something: nothing but the plain sentence counts
    ("report.begin", WHOLE | STATED, (
        r"(?:{self} )?(?:muon |can |xin |bat dau |vao |mo |lam |nop |gui |nhap |viet |lap |soan |khai |tiep tuc |phai |de |duoc )+(?:mot |ban |1 |cai )?bao cao(?: (?:quy|thang|nam|so ket|tong ket|dinh ky|hang|nay|ket qua|cong tac|dan van|chinh quyen|phong trao|dan van kheo|cho|cua|UNIT|{self}|ky|giai doan|dau_?|cuoi|truoc|vua qua|mot|hai|ba|bon|sau|chin|i|ii|iii|iv|q[1-4]|YEAR|\d{1,2}|moi|di|luon))*",
        r"bao cao(?: (?:quy (?:\d|i{1,3}|iv|mot|hai|ba|bon)|q[1-4]|(?:6|9|sau|chin) thang(?: dau_?| cuoi)?(?: nam)?|nam(?: nay)?|hang (?:quy|nam|thang)|thang \d{1,2}))?",
    )),
    ("feedback.begin", STATED, (
        r"^(?:kho khan )?vuong mac\b(?!.*\b(?:giai quyet|thao go|da|duoc)\b)",
        r"^(?:{self} |don vi |xa )*(?:co |dang |gap |xin |muon |can |phan anh |bao |neu |gui )+(?:mot |vai |may |y kien |gop y |phan anh )*(?:vuong mac|kho khan|gop y|phan anh|kien nghi|y kien)\b",
        r"^(?:gop y|kien nghi|phan anh)(?: (?:voi|ve|cho|la|kho khan|vuong mac)\b|$)",
    )),
    ("model.stop", STATED, (
        r"^(?:{self} |xin |muon |cho |de nghi |can )*(?:dung|ngung|thoi|cham dut|ket thuc)(?: (?:han|thuc hien|lam|trien khai|duy tri))* (?:mo hinh|dien hinh)\b(?: \w+){0,8}$",
        r"^(?:{self} )?(?:mo hinh|dien hinh)(?: \w+){0,6} (?:xin dung|xin ngung|dung han|ngung han|khong lam nua|khong thuc hien nua|khong duy tri nua|dung thuc hien|ngung thuc hien|dung lai)(?: (?:roi|nua|nam nay|thuc hien|YEAR|nam))*$",
        r"^(?:{self} |xa |don vi )?(?:khong lam|khong thuc hien|thoi khong lam|khong duy tri) (?:mo hinh|dien hinh)\b(?: \w+){0,6} nua$",
    )),
    ("model.carry", WHOLE | STATED, (
        r"(?:{self} |xin |muon |cho |can )*(?:lam tiep|tiep tuc|duy tri|giu|lay lai|chep lai|chep|sao chep|copy|dung lai|chuyen tiep|chuyen)(?: (?:thuc hien|lam|lai|duy tri|nguyen))* (?:cac |nhung )?(?:mo hinh|dien hinh)(?: (?:dan van kheo|cua|{self}))* (?:nam ngoai|nam truoc|cu|nam YEAR|YEAR|da co|cac nam truoc)(?: (?:sang|cho) nam (?:nay|YEAR))?",
        r"(?:{self} )?(?:mo hinh|dien hinh) (?:nam ngoai|nam truoc|cu) (?:{self} )?(?:van |lam |xin |se )*(?:tiep tuc|lam tiep|duy tri)(?: (?:thuc hien|lam|duy tri|nam nay))*",
    )),
    # ── what I still owe
    ("todo.mine", _ANY, (
        r"^(?:xem |danh sach |danh muc |cac |nhung |co )*(?:viec|cong viec|nhiem vu|viec can lam|viec phai lam|viec phai nop)(?: (?:cua|cho|can lam|phai lam|con lai|{self}|trong|hom nay|thang nay|tuan nay|thang|nam nay|quy nay|UNIT|gi|nao|sap toi|tiep theo|chua lam|chua xong|con|la))*(?: (?:gi|khong|the nao))?$",
        r"\b(?:phai|can|con|con phai|se phai) (?:nop|lam|gui|bao cao|hoan thanh|chuan bi|bo sung) (?:nhung |them |cac )?(?:gi|viec gi|cai gi|giay to gi|nhung gi|viec nao|giay gi|bao cao nao|bao cao gi)\b",
        r"\b(?:con |dang )?no (?:nhung )?(?:gi|viec gi|cai gi|bao cao gi|bao cao nao)\b",
        r"\b{self} (?:can|phai|nen|con) (?:lam|nop)\b(?: \w+){0,3} (?:gi|nao)\b",
        r"\b(?:lam|nop) gi (?:tiep|tiep theo|bay gio|nua|truoc|day|bay h|thang nay|hom nay)\b",
        r"\b(?:hom nay|tuan nay|thang nay|thang sau|quy nay|sap toi|bay gio|gio) … (?:lam|nop|viec|can|phai) (?:\w+ ){0,2}gi\b",
        r"\b(?:co|con) viec (?:gi|nao)\b",
        r"\b(?:co|con) (?:gi|viec) (?:can|phai|chua) (?:lam|nop|xong|gui)\b",
        r"^(?:bay gio |gio )?(?:buoc )?(?:tiep theo|ke tiep|tiep)(?: la| lam)? (?:gi|lam gi|buoc nao)$",
        r"\bbuoc tiep theo\b(?: la)? (?:gi|lam gi|{how})$",
        r"^viec {self}$",
    )),
    # ── the list is closed, or stays empty: both change something, so nothing but the plain sentence counts
    ("register.complete", WHOLE | STATED, (
        r"{who}(?:nay )?(?:da |vua )?dang ky (?:mo hinh |dien hinh )?(?:nhu vay la |the la |vay la )?(?:du|xong het|day du|het|du het|xong ca|xong toan bo)(?: mo hinh| dien hinh| so luong| danh sach| ca)?(?: roi| het roi)?{year}",
        r"{who}(?:da )?(?:chot|khoa|dong) (?:danh sach|so|viec)? ?(?:dang ky|mo hinh dang ky)(?: roi)?{year}",
        r"{who}(?:chot|da chot) danh sach(?: dang ky| mo hinh)?(?: roi)?{year}",
        r"(?:the la |vay la |nhu vay la )?{who}(?:da )?(?:du|xong) dang ky(?: roi)?{year}",
        r"{who}khong (?:con )?(?:dang ky|co) (?:them|mo hinh nao)(?: mo hinh| dien hinh)?(?: nao)?(?: khac| them)?(?: dang ky)?(?: nua)",
        r"{who}khong (?:con )?dang ky (?:them|gi)(?: mo hinh| dien hinh)?(?: nao)?(?: nua| khac| gi)*",
    )),
    ("register.none", WHOLE | STATED, (
        r"(?:thoi )?(?:nam (?:nay|YEAR) |YEAR ){who}(?:xin |se |thoi )?(?:khong|khong co|khong tham gia) (?:dang ky|mo hinh|dien hinh|mo hinh dang ky|dang ky mo hinh|dang ky dien hinh|dien hinh dang ky|mo hinh de dang ky|mo hinh nao|mo hinh nao dang ky|mo hinh nao de dang ky|dang ky mo hinh nao|mo hinh nao dang ky ca)(?: dau)?",
        r"{who}(?:nam (?:nay|YEAR) |YEAR )?(?:xin |se |thoi )?khong dang ky(?: mo hinh| dien hinh| dan van kheo| thi dua| gi| mo hinh nao)*{year}",
        r"{who}khong co (?:mo hinh|dien hinh)(?: nao)? (?:de )?(?:dang ky)(?: mo hinh)?{year}",
        r"{who}khong co dang ky(?: nao| gi)?{year}",
        r"{who}(?:nam (?:nay|YEAR) )(?:xin )?(?:khong tham gia|bo qua|nghi)(?: dang ky| mo hinh| dan van kheo| phong trao)*",
        r"{who}khong tham gia (?:dang ky|{model})(?: {model})?{year}",
        r"{who}(?:nam (?:nay|YEAR) )?khong co (?:mo hinh|dien hinh)(?: nao)?{year}",
    )),
    # ── points, row by row
    ("score.enter", WHOLE | STATED, (
        r"(?:{self} )?(?:toi )?(?:muon |can |xin |bat dau |vao |mo |lam |tien hanh |tiep tuc |de )*(?:tu )?(?:cham|danh gia) ?(?:diem)?(?: (?:mo hinh|dien hinh|tap the|ca nhan|dan van kheo|cho|cua|UNIT|{self}|tieu chi|tung tieu chi|TC|YEAR|nam|nay|tiep|lai|bay gio|luon|bang))*",
        r"(?:{self} )?(?:muon |can |xin |bat dau |vao |mo |lam |tiep tuc )*(?:bang |ban |phieu )?(?:tu cham|tu danh gia)(?: (?:diem|cham diem|mo hinh|dien hinh|tap the|ca nhan|dan van kheo|cho|cua|UNIT|{self}|YEAR|nam|nay))*",
        r"(?:{self} )?(?:muon |can |xin )?(?:nhap|dien|ghi|cho|sua|khai|cap nhat|bo sung) (?:lai )?diem(?: (?:tu cham|mo hinh|dien hinh|cho|cua|UNIT|{self}|tieu chi|tung tieu chi|TC|tiep|lai|YEAR|nam))*",
        r"(?:tu )?cham diem (?:cho )?(?:mo hinh|dien hinh) \w+(?: \w+){0,7}",
    )),
    # ── begin a registration
    ("register.begin", WHOLE, (
        r"(?:{self} )?(?:muon |can |xin |bat dau |vao |mo |lam |de |tiep tuc )*(?:dang ky|ghi danh|tham gia|khai bao)(?: (?:them|moi|mot|1|01|lai|tiep|cac|nhung|{model}|mo|tap the|ca nhan|ho gia dinh|thi dua|danh hieu|cho|cua|UNIT|{self}|nam|nay|YEAR|nam nay|phong trao|tham gia|nua|tiep theo|khac))*",
        r"(?:{self} )?(?:muon |can |xin )*(?:tao|them|khai|nhap|lap|bo sung|mo|dien|lam) (?:them )?(?:mot |1 |01 )?(?:mo hinh|dien hinh|ban dang ky|phieu dang ky|dang ky|to dang ky|ho so dang ky|don dang ky)(?: (?:moi|nua|khac|dan van kheo|cho|cua|UNIT|{self}|YEAR|nam|nay|mo hinh|dien hinh))*",
        r"(?:{self} )?(?:muon |can |xin )*(?:chinh sua|sua doi|sua|thay doi|dieu chinh|cap nhat|bo sung)(?: lai)? (?:noi dung |thong tin )?(?:(?:ban|phieu|ho so|noi dung) )?dang ky(?: (?:{model}|cua|cho|da nop|cu|UNIT|{self}|nam|nay|YEAR))*",
        r"(?:{self} )?(?:muon |can |xin )*(?:bo sung|nhap|khai|cap nhat|sua) (?:them |so lieu )?gia tri lam loi(?: (?:kinh te|{model}|cua|cho|UNIT|{self}|nam|nay|YEAR))*",
    )),
    ("register.begin", WHOLE | UNSURE, (r"dang ky (?:{model} )+\w+(?: \w+){0,6}",)),
    # ── points that are there
    ("criteria.show", _ANY, (
        r"\bTC (?:co )?(?:diem )?(?:toi da|diem chuan|diem cao nhat|thang diem|tinh|duoc tinh|cham|cao nhat)(?: \w+){0,2} (?:bao nhieu|may|la gi|the nao|{how})",
        r"\b(?:diem toi da|diem chuan|thang diem|diem cao nhat) (?:cua |cho )?(?:TC|cac tieu chi|tung tieu chi|moi tieu chi)",
        r"^(?:xem |coi |noi dung |y nghia |chi tiet |giai thich |doc |cho xem )*TC(?: (?:la|noi|ve|quy dinh|yeu cau|gom|co|bao gom|danh gia|nghia|noi ve|hoi|ghi|doi hoi|lam|noi dung|ra|hieu|la ve|thi|cham|cham diem|tap the|ca nhan|cua|viet))*(?: (?:gi|cai gi|nhung gi|{how}|viec gi|bao nhieu diem|may diem|ra lam sao))?(?: vay| the)?$",
        r"^TC (?:bao nhieu|may) diem$",
        r"^(?:xem |liet ke |cac |nhung |bang |bo |danh sach |toan bo |he thong |noi dung |chi tiet |cho xem |gui |xin |ten )*(?:tieu chi|tieu chuan)(?: (?:cham|cham diem|diem|danh gia|tap the|ca nhan|cho|cua|dan van kheo|mo hinh|dien hinh|thi dua|xet|khen thuong|va|la|gom|co|bao gom|nhung|cac|can dat|phai dat|cong nhan|YEAR|nam|ve))*(?: (?:gi|nao|nhung gi|{how}|la gi))?$",
        r"\bco (?:tat ca |tong cong )?(?:may|bao nhieu|nhung) (?:cai )?(?:tieu chi|muc cham|dong cham)\b",
        r"\b(?:may|bao nhieu) tieu chi (?:tat ca|ca thay|vay|the)?$",
        r"^(?:thang diem|bang diem chuan|diem chuan|diem toi da|cach cham|cach cham diem|cach tinh diem|huong dan cham|huong dan cham diem|bang tieu chi)(?: \w+){0,4}$",
        r"\b(?:cham|tinh|danh gia) (?:diem )?(?:theo|dua (?:vao|tren)) … (?:nao|gi|{how})",
        r"^(?:tu )?(?:cham|tinh) (?:diem )?(?:nhu the nao|the nao|ra sao|kieu gi|nhu nao)$",
        r"^(?:tap the|ca nhan|mo hinh) (?:duoc )?(?:cham|danh gia|xet)(?: diem)? (?:theo|bang)? ?(?:nhung |cac )?(?:tieu chi|tieu chuan) (?:nao|gi)",
    )),
    ("score.show", _ANY, (
        r"\bdiem(?: (?:so|cua|tu cham|tu danh gia|dan van kheo|mo hinh|cac mo hinh|dien hinh|tong|nam|YEAR|hien tai|cuoi cung|cham|thi dua|ve|cho|o|ben|ca nhan|tap the))*(?: cua)? UNIT(?! (?:nao|chua))(?:$| (?:nam|YEAR|bao nhieu|may|la|the nao|duoc|hien|dau|ra sao|sao|hien tai|nay|roi|nhu the nao|di|dan van kheo|va|den|tong))",
        r"^(?:{self} )?(?:(?:muon|can|xin) )?(?:xem |tra |tra cuu |hoi |biet |cho biet |coi |kiem tra |check |bao |bang )*(?:tong )?diem(?: (?:so|tu cham|dan van kheo|mo hinh|tong|dien hinh|hien tai|nam|YEAR|nay|nam nay))*(?: cua)? {self}(?: (?:nam|nay|YEAR|hien tai|bay gio))*(?: (?:la|duoc|dang|hien|bay gio|co))*(?: (?:bao nhieu|may|the nao|nhu the nao|ra sao|sao|bao nhieu diem|roi|dau))*$",
        r"\b(?:UNIT|{self})\b … \b(?:bao nhieu|may) diem\b",
        r"\b(?:bao nhieu|may) diem\b … \b(?:UNIT|{self})\b",
        r"\bUNIT(?: (?:nam|YEAR|duoc|co|tu cham|cham|da|hien|la))*(?: diem)(?: (?:bao nhieu|may|the nao|nhu the nao|ra sao|roi|sao|nam|YEAR|so))*$",
        r"\b(?:duoc|dat|dang|co|la|len) (?:tong )?(?:bao nhieu|nhieu|may) diem\b",
        r"^(?:tong )?(?:diem )?(?:duoc )?(?:bao nhieu|may) diem(?: roi| the| vay)*$",
        r"^(?:xem |tra |tra cuu |kiem tra |check |biet |hoi |in |coi )+(?:lai )?(?:bang |ket qua )?(?:tong )?(?:diem|ket qua cham diem|ket qua tu cham|bang diem|ket qua cham)(?: (?:so|tu cham|dan van kheo|mo hinh|dien hinh|tong|UNIT|{self}|cua|nam|YEAR|nay|so diem))*$",
        r"^(?:bang|ket qua|tong)(?: cham| tu cham| so)? diem(?: (?:so|tu cham|mo hinh|cua|UNIT|{self}|nam|YEAR|nay|la|bao nhieu|the nao|hien tai|dan van kheo))*$",
        r"^ket qua (?:cham diem|tu cham|cham|tu danh gia|dan van kheo)(?: (?:cua|UNIT|{self}|nam|YEAR|nay|the nao|ra sao|dan van kheo|mo hinh|diem|sao|roi))*$",
        r"^(?:tong )?diem(?: (?:so|hien tai|tu cham|dan van kheo|nam|YEAR|nay|mo hinh|tong|cua mo hinh))*(?: (?:bao nhieu|may|the nao|ra sao|nhu the nao|la bao nhieu|dau))?$",
        r"^UNIT (?:cham|tu cham|duoc cham)(?: diem)? (?:{how}|roi sao|ra sao)$",
        r"\bket qua (?:cua |cham diem |tu cham |diem )*(?:UNIT|{self})(?: (?:nam|YEAR|nay|the nao|ra sao|sao|roi))*$",
    )),
    # ── exemplars
    ("exemplars.list", _ANY, (
        r"\b(?:UNIT|{self}|huyen) (?:\w+ ){0,3}(?:nhung |bao nhieu |may |cac )?(?:mo hinh|dien hinh)(?: dan van kheo| tieu bieu)?(?: (?:nao|gi|the|vay|roi|YEAR|nam|nay))+$",
        r"\b(?:UNIT|{self}|huyen) (?:\w+ ){0,3}(?:nhung|bao nhieu|may|cac) (?:mo hinh|dien hinh)\b",
        r"^(?:xem |danh sach |ds |liet ke |cac |nhung |tra cuu |tra |toan bo |tat ca |tim )+(?:mo hinh|dien hinh)(?: (?:dan van kheo|tieu bieu|da dang ky|dang ky|cua|o|tai|UNIT|{self}|nam|YEAR|nay|va|dien hinh|toan huyen|trong huyen|da|dang|co|hien co|tap the|ca nhan|khac|hay|nao|da duoc cong nhan))*$",
        r"^(?:mo hinh|dien hinh)(?: (?:dan van kheo|tieu bieu|da dang ky|dang ky|va|dien hinh))* (?:cua |o |tai )?(?:UNIT|{self})(?: (?:nam|YEAR|nay|gi|nao|the nao|la gi|gom nhung gi|dau))*$",
        r"^(?:co|dang co|da co|hien co) (?:nhung |bao nhieu |may |cac )?(?:mo hinh|dien hinh)(?: (?:nao|gi|dan van kheo|o|tai|UNIT|cua|{self}|roi|YEAR|nam|nay|dang ky|da|duoc))*$",
        r"^(?:bao nhieu|may|tong so) (?:mo hinh|dien hinh)\b(?: \w+){0,4}$",
        r"^(?:mo hinh|dien hinh) (?:nao|gi) (?:cua |o |tai |da |dang |duoc )*(?:UNIT|{self}|dang ky)?\b(?: \w+){0,3}$",
        r"\b(?:o|tai|ben|trong) UNIT (?:co )?(?:nhung |may |bao nhieu )?(?:mo hinh|dien hinh)\b",
        r"^UNIT (?:da |dang )?(?:dang ky|lam|thuc hien|xay dung) (?:nhung |duoc )?(?:gi|mo hinh gi|nhung gi|may mo hinh|mo hinh nao)(?: roi| vay)?$",
        r"^{self} (?:da |dang )?(?:dang ky|thuc hien|xay dung) (?:nhung |duoc )?(?:gi|mo hinh gi|nhung gi|may mo hinh|mo hinh nao)(?: roi| vay)?$",
    )),
    # ── how many may be proposed
    ("quota.show", _ANY, (
        r"\b(?:may|bao nhieu) (?:tap the|ca nhan|suat|giay khen|bang khen|chi tieu|nguoi)\b … (?:khen|duoc|de nghi|con|$)",
        r"(?<!tien )\b(?:khen|khen thuong|de nghi|de cu|gioi thieu|gui|xet|thuong) (?:\w+ ){0,4}(?:may|bao nhieu|toi da may|toi da bao nhieu)\b(?! (?:diem|ngay|gio))",
        r"\b(?:may|bao nhieu) (?:tap the|ca nhan|suat|giay khen|bang khen)$",
        r"\bcon (?:lai )?(?:may|bao nhieu) (?:suat|cho|chi tieu)\b",
        r"\b(?:so luong|chi tieu|han muc|dinh muc|suat|so suat)(?: duoc)? (?:khen|de nghi|giay khen|bang khen|khen thuong|tap the|ca nhan)\b",
        r"\b(?:giay khen|bang khen) … (?:may|bao nhieu)\b",
        r"^(?:chi tieu|so luong|quota|dinh muc|han muc)(?: (?:khen thuong|khen|cap huyen|cap tinh|nam|YEAR|nay|la|bao nhieu|the nao|dan van kheo|duoc giao))*$",
        r"\b(?:toi da|nhieu nhat) (?:duoc )?(?:may|bao nhieu) (?:tap the|ca nhan|suat|mo hinh|nguoi)\b",
        r"\btap the\b … \bca nhan\b … (?:la sao|la tinh sao|tinh sao|la gi|nghia la|hieu the nao)\b",
    )),
    ("quota.show", WHOLE | UNSURE, (r"\d\d? (?:tt|tap the)(?: va| voi)? \d\d? (?:cn|ca nhan)",)),
    # ── reminders
    ("reminders.show", _ANY, (
        r"^(?:xem |cac |danh sach |toan bo )*(?:lich|lan|dot|ke hoach|cau hinh|lich trinh) (?:gui )?(?:nhac|don doc|nhac nho|nhac viec|nhac han)\b(?: \w+){0,5}$",
        r"\b(?:{when}|bao lau) … (?:nhac|don doc|gui nhac)\b",
        r"\b(?:nhac|don doc)(?: nho| viec| han)? … (?:{when}|nhung ai|ai|don vi nao|xa nao|may lan|bao nhieu lan|lan nao)\b",
        r"\b(?:sap|se|da) (?:nhac|don doc|gui nhac)\b … (?:ai|nao|gi|chua|khi nao|may)",
        r"^(?:xem |cac )*(?:nhac nho|nhac viec|nhac han|loi nhac|tin nhac|reminder)(?: (?:sap toi|nao|hom nay|thang nay|tuan nay|tiep theo|sap gui|da gui))*$",
        r"^lan nhac (?:tiep theo|sap toi|toi)\b",
    )),
    # ── what came on paper
    ("paper.note", STATED, (
        r"^{who}(?:da |moi |vua )*(?:nhan|tiep nhan)(?: duoc)? (?:\w+ ){0,2}?(?:van ban|cong van|ban giay|ban cung)\b",
        r"^(?:ghi nhan|vao so) (?:\w+ ){0,2}?(?:van ban|cong van|ban giay|ban cung)\b",
    )),
    # ── talk
    ("help", WHOLE, (
        r"(?:can |xin |nho |muon |hay )*(?:giup|giup do|tro giup|ho tro|help|huong dan|menu|lenh|cac lenh|danh sach lenh|tro ly)(?: (?:{self}|voi|su dung|dung|chi tiet|them|cach dung|cach su dung|bot|chung|nhanh|cho|gium))*",
        r"(?:ban|bot|may|kheo|day|em|ad|chau)(?: nay)? la (?:ai|gi|bot gi|cai gi|may hay nguoi|nguoi hay may|bot hay nguoi|nguoi that|robot)(?: vay| the)?(?: khong| a)?",
        r"(?:ban|bot|kheo|may|day|cai nay|em) (?:co the )?(?:biet |giup |lam )+(?:duoc )?(?:lam )?(?:nhung )?(?:gi|viec gi|nhung gi)(?: cho {self})?(?: duoc)?(?: vay| the)?",
        r"(?:ban|bot|kheo|cai nay) (?:co the|co) (?:lam|giup|tra loi)(?: duoc)? (?:nhung )?(?:gi|duoc gi|nhung gi)(?: cho {self}| duoc)?",
        r"(?:cach |huong dan |lam sao |lam the nao |hoi cach )*(?:de )?(?:dung|su dung|xai)(?: (?:bot|kheo|cai nay|ung dung|phan mem|ban|tro ly|chatbot))*(?: {how})?",
        r"(?:toi |em |minh )?(?:khong|chua) biet (?:cach )?(?:lam|dung|su dung|bat dau|xai|phai lam|bat dau tu dau|hoi|lam gi|phai lam gi)(?: {how}| gi| tu dau)*",
        r"(?:toi |minh |em )?(?:co the |duoc )?hoi (?:duoc )?(?:nhung )?gi(?: o day| duoc)?",
        r"(?:nhung |cac )?(?:chuc nang|tinh nang)(?: (?:cua bot|gi|nao|la gi|chinh))*",
        r"ai day|ai vay|ban la bot|day la gi|day la dau|bat dau|bat dau tu dau|bat dau {how}",
    )),
    ("thanks", WHOLE, (
        r"(?:ok |oke |da |vang |u |uh |um |xin |toi |minh |em |rat |chan thanh |tot qua |tuyet |hay qua |duoc roi )*(?:cam on|cam on ban|camon|cam un|thanks|thank you|thank|tks|thanh kiu|thankiu|biet on|da ta)(?: (?:ban|bot|kheo|nhieu|rat nhieu|em|anh|chi|dong chi|nha|nhe|you|lam|ad|da|ho tro|giup do|su giup do|vi da|giup|nghe|a|so much|very much|cac ban|tro ly|chau|bac|chu))*",
    )),
    ("greeting", WHOLE, (
        r"(?:da |vang |em |toi |minh |xin |kinh |than |than ai )*chao(?: (?:buoi|sang|chieu|toi|trua|ban|bot|kheo|anh|chi|em|dong chi|ca nha|moi nguoi|ad|admin|tro ly|a|cac|anh chi|nha|nhe|ngay moi|minh|buoi sang|em bot|chau|bac|chu|ban nhe|thay|co|ca))*",
        r"(?:hello|hi|hey|helo|hallo|a ?lo+|alo+|he lo|xin chao)(?: (?:bot|ban|kheo|ad|em|anh|chi|moi nguoi|alo|co ai|o day|khong|there))*",
        r"(?:buoi sang|buoi chieu|good morning|chuc (?:buoi sang|ngay moi|mot ngay) (?:tot lanh|vui ve))",
        r"(?:co ai (?:o day|o do|do)?(?: khong)?|bot (?:oi|dau|co day) ?(?:khong|roi)?|kheo oi|ban oi|bot oi|ad oi)",
    )),
    # ── passages
    ("text.find", ASKED, (
        r"^(?!.*\b(?:TC|tieu chi)\b).*\b(?:kinh phi|nguon kinh phi|tien (?:dau|nguon|o dau|thuong)|lay tien|chi phi|ngan sach|tuyen truyen|kiem tra|giam sat|nhan rong|chuyen muc|bao dai|dai truyen thanh|phat thanh|truyen hinh|website|cong thong tin|cai cach hanh chinh|tiep dan|tiep cong dan|don thu|khieu nai|to cao|ton giao|dan toc|vung sau|luc luong vu trang|quan su|mat tran|doan the|cap uy|muc dich|yeu cau|y nghia|trach nhiem|nhiem vu|phoi hop|quan triet|phat dong|so ket|tong ket|bieu duong|dan chu|dao duc|gop y|nong thon moi|chuyen doi so|khoi thi dua|cum thi dua|uy vien|chi bo|dang vien|nguon luc|doanh nghiep|bo phieu|binh chon|tien thuong)\b",
    )),
    # ── the wide world
    ("out_of_scope", _ANY, (
        r"^(?:hom nay |ngay mai |mai |chieu nay )?(?:du bao )?thoi tiet\b(?!.*(?:huy dong|van dong|ung pho))",
        r"^(?:gia vang|gia xang|gia do|ty gia|gia bitcoin|ket qua xo so|xo so|lich bong da|ket qua bong da|lich am|tu vi|gia dat|gia ca phe|gia lua)\b(?: (?!on dinh)\w+){0,4}$",
        r"^dich (?:giup |ho |cho )?(?:{self} )?(?:doan nay )?sang tieng\b",
        r"^(?:ke|doc|hat|lam|viet) (?:cho )?(?:{self} )?(?:\w+ )?(?:bai|chuyen cuoi|chuyen|tho|bai hat|truyen|bai tho|code)(?: (?:cuoi|nghe|di|vui|{self}|ma|nao|tinh|cho))*$",
    )),
    ("out_of_scope", ASKED, (
        r"\b(?:thoi tiet|troi mua|co mua|mua khong|nang khong|bao so may|nhiet do)\b",
        r"\b(?:gia vang|gia xang|ty gia|xo so|so de(?! nghi)|danh de|bong da|da bong|world cup|doi tuyen|chung khoan|bitcoin)\b",
        r"\b(?:an gi|uong gi|an trua|an com chua|choi gi|di dau choi|quan nhau|quan cafe|quan ca phe|nha hang|khach san)\b",
        r"\b(?:may gio roi|bay gio la may gio|hom nay (?:la )?(?:thu|ngay) (?:may|bao nhieu)|hom nay ngay may)\b",
        r"\b(?:nguoi yeu|co vo|co chong|lay vo|lay chong|bao nhieu tuoi|may tuoi|ten that|que o dau|yeu {self}|buon ngu)\b",
        r"\b(?:nau (?:an|mon|pho|canh)|cong thuc nau|phim (?:gi|nao|hay)|bai hat nao|ca si|dich sang tieng|tieng anh la gi|tieng anh noi)\b",
        r"\b(?:tong thong|thu do cua|thu do nuoc|lai suat|mua (?:xe|nha|dien thoai)|ban (?:xe|nha|dien thoai)|ve may bay|ve tau|gia ve|thuoc gi|benh vien nao|dau bung|dau dau)\b",
        r"\b(?:bang may|\d+ (?:cong|tru|nhan|chia) \d+) (?:bang )?(?:may|bao nhieu)?$",
    )),
    # ── a question of which only the subject is clear
    ("report.outline", ASKED | COARSE, (r"\bbao cao thanh tich\b",)),
    ("successor.show", ASKED | COARSE, (r"\b(?:giai the|sap nhap|sat nhap|giai tan|khong con cap huyen|chinh quyen (?:2|hai) cap|bo cap huyen)\b",)),
    ("history.show", ASKED | COARSE, (r"\blien tuc\b",)),
    ("target.explain", ASKED | COARSE, (r"\b(?:mo hinh|dien hinh)\b … \b(?:tinh|chi tieu|cong)\b", r"\blam (?:\d|may|bao nhieu|nhieu|hai|ba|mot) mo hinh\b")),
    ("award.who", ASKED | COARSE, (r"\b(?:huyen|tinh|xa|cap nao|chu tich)\b … \bkhen\b", r"\bthuong (?:gi|nhung gi|bao nhieu)\b")),
    ("deadline.late", ASKED | COARSE, (r"\b(?:tre|cham|qua|lo) han\b", r"\bsau han\b")),
    ("deadline.explain", ASKED | COARSE, (r"\b(?:nop|gui|dang ky)\b … \bDATE\b", r"\bDATE\b … \b(?:nop|gui|dang ky)\b")),
    ("document.show", ASKED | COARSE, (r"\b(?:luat|nghi dinh|thong tu|chi thi)\b",)),
    ("dossier.parts", ASKED | COARSE, (r"\b(?:ho so|to trinh|bien ban)\b",)),
    ("conditions.show", ASKED | COARSE, (r"\b(?:khen|khen thuong|giay khen|bang khen|len (?:cap )?tinh|de nghi)\b",)),
    ("contact.show", ASKED | COARSE, (r"\b(?:lien he|lien lac|ho tro (?:em|toi|minh|{self})|goi dien)\b",)),
    ("evidence.hint", ASKED | COARSE, (r"\b(?:minh chung|kiem chung|{proof})\b",)),
    ("criteria.show", ASKED | COARSE, (r"\b(?:tieu chi|TC)\b",)),
    ("document.show", ASKED | COARSE, (r"\b(?:chi thi|nghi dinh|quyet dinh|thong tu|luat|van ban)\b",)),
    ("deadline.show", ASKED | COARSE, (r"\bbao cao\b", r"\bhan\b")),
    ("plan.show", ASKED | COARSE, (r"\bke hoach\b",)),
    ("register.how", ASKED | COARSE, (r"(?<!khong )\bdang ky\b",)),
)  # fmt: skip

# A sentence that changes something is taken as it stands; typing mistakes are never mended into one.
EFFECTS = frozenset(
    {"register.complete", "register.none", "score.enter", "report.begin", "feedback.begin", "model.stop", "model.carry"}
)

# What opens a form is never heard in a question; it is answered instead, as on the right.
OPENS: dict[str, str] = {"register.begin": "register.how", "paper.note": ""} | dict.fromkeys(EFFECTS, "")

# The intents that are about one kind of duty.
TOPICAL = frozenset(
    {
        *("deadline.show", "deadline.explain", "deadline.late", "recipient.show", "progress.show", "report.begin"),
        *("text.find", "form.get", "form.print", "role.who"),
    }
)

# What a duty is called when it is asked for; the first that fits. “Báo cáo thành tích” is a part of the dossier.
WHAT: tuple[tuple[str, str], ...] = (
    ("feedback", r"\b(?:vuong mac|kho khan|kien nghi|phan anh)\b"),
    ("registration", r"\bdang ky\b"),
    ("dossier", r"\b(?:bao cao thanh tich|ho so|to trinh|bien ban|tu cham|cham diem|minh chung|tai lieu|de nghi)\b"),
    ("publicity", r"\b(?:chuyen muc|dang bao|len song|phat song|dang bai|bao dai)\b"),
    (
        "plan",
        r"\b(?:gui|nop|co|xay dung|lap|ban hanh) (?:\w+ )?ke hoach\b|\bke hoach (?:cua (?:xa|don vi|co quan|{self})|trien khai|cu the|thuc hien|rieng)\b",
    ),
    ("report", r"\b(?:bao cao|tong ket|so ket|danh gia ket qua|danh gia)\b"),
    ("inspection", r"\b(?:kiem tra|giam sat)\b"),
    ("guidance", r"\bco huong dan\b|\bhuong dan cua\b|\bban hanh huong dan\b"),
    ("review", r"\b(?:xet|binh xet|hop|hoi_? dong|khen|khen thuong|trao|cong bo|cong nhan|tham dinh)\b"),
)

# The part of the year for which something is reported; the first that fits.
PERIOD: tuple[tuple[str, str], ...] = (
    ("q1", r"\bquy (?:1|i|mot|dau_?)\b|\bq ?1\b"),
    ("q2", r"\bquy (?:2|ii|hai)\b|\bq ?2\b"),
    ("q3", r"\bquy (?:3|iii|ba)\b|\bq ?3\b"),
    ("q4", r"\bquy (?:4|iv|bon|tu|cuoi)\b|\bq ?4\b"),
    ("h2", r"\b(?:6|sau) thang cuoi\b"),
    ("h1", r"\b(?:6|sau) thang\b(?! truoc)"),
    ("nine_months", r"\b(?:9|chin) thang\b"),
    *((f"m{n:02}", rf"\bbao cao (?:\w+ )?thang 0?{n}\b") for n in range(1, 13)),
    (
        "year",
        r"\b(?:tong ket|bao cao|so ket|han|nop) (?:cuoi |ca |hang |ket qua )*(?:nam|YEAR)\b|\b(?:ca|hang|tong ket|cuoi) nam\b",
    ),
)

# The level for which something is asked.
LEVEL: tuple[tuple[str, str], ...] = (
    ("huyen", r"\bmoi (?:\w+ ){0,3}cap huyen\b"),
    ("tinh", r"\bmoi (?:\w+ ){0,3}(?:cap|len) tinh\b"),
    ("co_so", r"\bcap (?:co so|xa|phuong)\b|\bo co so\b"),
    ("tinh", r"\b(?:cap|len|o|toi|chu tich ubnd|chu tich|ubnd|trinh) tinh\b|\bbang khen\b"),
    ("huyen", r"\b(?:cap|o|toi|chu tich ubnd|chu tich|ubnd|do|de) huyen\b"),
)

# What makes a question of a sentence, wherever it stands (or at its beginning, or its end).
QUESTION: tuple[str, ...] = (
    r"\b(?:chung nao|bua nao|luc nao|cho ai|qua ai|do ai|boi ai|voi ai|cua ai|cho nao|{office} mo|cap nao|bang gi|cai gi|cai chi|nhung chi|noi gi|la chi)\b",
    r"\b(?:van ban|ke hoach|linh vuc|noi dung|loai|phan|muc|dieu kien|hoi_? dong|nguoi|nam|buoc|ngan sach|nguon|hinh thuc) nao\b|\bnoi chi$",
    r"\b(?:lien tuc|tinh|ap dung|dung|day du|du) (?:chua|khong)$",
    r"\b(?:chi thi|quyet dinh|mau|bien ban|quy|thu tuc|chuc nang|hinh thuc|cum|khoi|ben|luat \w+ \w+ \w+ \w+) nao\b",
    r"\bai (?:tra|chi|lo|chiu|cap)\b(?! ve| cung)|\b(?:khau|buoc|giai doan) nao\b",
    r"\btien (?:o )?dau\b|\bthi (?:ai|do ai)\b",
    r"\b(?:xet|duyet|khen|tham dinh|lam) hay \w+",
    r"\b\w+ hay (?:ve |o |cho |len |tu |la )?\w+(?: \w+){0,3}$(?<!hay)",
    r"\b(?:may|bao nhieu) (?:ke hoach|phan|nam|trang|lan|cap|nguoi|dot|muc|loai|mau|buoc|xa)\b",
    r"\bduoc (?:chu|chang|hen|ha|nhi)$",
    r"^(?:ai|{office} nao) (?:la|ky|khen|tham dinh|xet|duyet|nhan|lo|chiu|phu|don|kiem|ban hanh|xac nhan)\b",
    r"\b(?:bao gio|khi nao|luc nao|hom nao|ngay nao|ngay may|thang may|quy may|tai sao|vi sao|lam sao|bao nhieu|bao lau)\b",
    r"\b(?:the nao|ra sao|o dau|ve dau|den dau|toi dau|la gi|la ai|la sao|thi sao|co sao|nhung gi|gom gi|(?:lam|nop|can|thieu|no|viec) gi(?! cung| co loi| cho dan| thi| deu)|gi the)\b",
    r"\b(?:duoc khong|co duoc|hay khong|kip khong|phai khong|dung khong|hay chua|co phai|con kip)\b",
    r"(?<!khong dang ky )(?<!khong co )\b(?:xa|don vi|tieu chi|mo hinh|dien hinh|muc|ai|noi|mau|co quan|phong|{proof}) nao\b",
    r"\bmay (?:diem|ngay|tap the|ca nhan|suat|bo|tieu chi|mo hinh|gio|tuoi|xa|don vi|giay khen|bang khen|linh vuc|thu|cai|bua|mang)\b",
    r"\b(?:co|da|con|dang|duoc|van|mai|mua|dk|dang ky|dat) (?:.* )?(?:khong|chua)$",
    r"\b(?:duyet|xong|cham|gui|ky|nhan|tuc|hop|nop) chua$",
    r"\btu dau$",
    r"^(?:tai|sao|ai(?! cung| ai)|cho (?:\w+ )?hoi|xin hoi|xin cho|hoi)\b(?! dong| dap| nong| phu| cuu| lien| chu| thi| ngo| van| lhpn| nd\b| ccb| nguoi cao| khuyen)",
    r"\b(?:gi|sao)$(?<!khong co gi)(?<!khong sao)(?<!khong dang ky gi)(?<!ngoi sao)",
    r"\b(?:khong|chua) (?:vay|the|nhi|ta|a|ha)$",
)

# Short forms of young officers and of the office, folded. “c”, “a”, “v”, “kt” stay: they are too many things.
SHORT: dict[str, str] = {
    short: full
    for shorts, full in (
        ("k ko kh kg khg hok hong hem hk kong", "khong"),
        ("dc dx duocc", "duoc"),
        ("dk dki dky", "dang ky"),
        ("bn bnhieu bnh nhiu bnhiu", "bao nhieu"),
        ("ntn nhtn", "nhu the nao"),
        ("r rui ruj", "roi"),
        ("j gj ji", "gi"),
        ("m mk mik mih", "minh"),
        ("t tui", "toi"),
        ("bgio bjo bh", "bao gio"),
        ("h gjo", "gio"),
        ("z dz dzay zay dzi", "vay"),
        ("bdv", "ban dan van"),
        ("pnv", "phong noi vu"),
        ("tdkt", "thi dua khen thuong"),
        ("hdnd", "hoi dong nhan dan"),
        ("lun", "luon"),
        ("tgian", "thoi gian"),
        ("gum", "gom"),
        ("lv", "linh vuc"),
        ("e", "em"),
        ("bc", "bao cao"),
        ("bctt", "bao cao thanh tich"),
        ("bdk", "ban dang ky"),
        ("hs", "ho so"),
        ("mh", "mo hinh"),
        ("dvk", "dan van kheo"),
        ("dv", "don vi"),
        ("tlkc", "tai lieu kiem chung"),
        ("tl", "tai lieu"),
        ("mc", "minh chung"),
        ("tc tchi", "tieu chi"),
        ("ttr", "to trinh"),
        ("tg", "thoi gian"),
        ("thg", "thang"),
        ("hd", "huong dan"),
        ("sd", "su dung"),
        ("ki", "ky"),
        ("ctoi", "chung toi"),
        ("vs", "voi"),
        ("s", "sao"),
        ("gd", "giai doan"),
        ("deadline dl", "han"),
    )
    for short in shorts.split()
}

# How those words of the table are spelt whose letters are also another everyday word's: with other diacritics than
# these they are left out of the reading (“trồng tỏi” is not “tôi”, “cháo” no greeting, “hiến đất” not “đạt”).
SPELT = (
    "đâu gì nào sao chưa chửa không giờ hạn điểm chào tôi tối tới ai mấy bao báo nợ khen nhắc nộp việc mình em ta được "
    "mẫu là lại hết hệt muộn muốn kịp khi hôm hỏi chấm chậm đạt đủ xong thiếu thiểu nhiêu nhiều xét rồi đã đá còn giúp phải cần hồ hộ hỗ"
)
