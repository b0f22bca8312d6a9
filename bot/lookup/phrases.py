"""The phrases people ask with: one table, from keyword patterns to intents."""

from __future__ import annotations

# How each rule is read. Patterns see the text folded (no diacritics), short forms written out, courtesies at both ends
# taken off, and UNIT, TC (a numbered criterion), DATE, YEAR in place of what was found. "…" between words is anything.
# `{self}` and `{who}` stand for the fragments below. The first rule that fits counts, so what is narrow stands first.
_SELF = (
    r"(?:(?:ben|cua|cho|xa|phuong|thi tran|don vi|co quan|dia phuong) )*"
    r"(?:chung toi|chung minh|chung em|toi(?: em| minh)?|minh|em|ta|nha minh)"
)
FRAGMENTS = {
    "{self}": _SELF,
    "{who}": rf"(?:(?:UNIT|{_SELF}|xa|don vi|co quan) (?:thi )?)?",
    "{others}": r"(?:ai|(?:(?:nhung|cac|con|may) )?(?:xa|don vi|noi|dia phuong|co quan|phong ban|thi tran|phong|ban) nao)",
    "{when}": r"(?:bao gio|khi nao|luc nao|bua nao|(?:vao )?(?:ngay|hom|thang|quy|thoi diem) (?:nao|may|bao nhieu)|den dau)",
    "{how}": r"(?:the nao|nhu the nao|nhu nao|ra sao|lam sao|sao|kieu gi|bang cach nao|o dau|cho nao)",
    "{model}": r"(?:mo hinh|dien hinh|dan van kheo)",
    "{proof}": r"(?:tai lieu(?: kiem chung| minh chung| chung minh)?|minh chung|kiem chung|bang chung|chung cu)",
    "{year}": r"(?: (?:nam )?(?:YEAR|nam nay|nay))?",
}

# Whole: the pattern is the whole sentence. Asked: only where the sentence has the form of a question.
# Unsure: the words often mean something else. Stated: it is no question to the bot.
WHOLE, ASKED, UNSURE, STATED = (frozenset({word}) for word in ("whole", "asked", "unsure", "stated"))

_ANY: frozenset[str] = frozenset()

RULES: tuple[tuple[str, frozenset[str], tuple[str, ...]], ...] = (
    # ── points that nobody earned
    ("score.refuse", _ANY, (
        r"\bcham (?:diem |TC |luon )*(?:ho|giup|gium|dum|thay)\b",
        r"\b(?:ho|giup|gium|thay) {self} (?:tu )?cham … \d",
        r"\b(?:nang|sua|tang|keo|don|doi) (?:\w+ ){0,3}diem (?:\w+ ){0,4}(?:len|thanh|du|cho|qua)\b",
        r"\b(?:nang|tang|keo|don) (?:cho )?(?:{self} )?(?:len|thanh|du) \d",
        r"^(?:cho|cham(?: diem)? cho|cham) {who}(?:luon |thang |them )?(?:du|tren|len|toan|full|tron|max) (?:\d+|diem|toi da)",
        r"^cho {self} (?:luon )?(?:\d+|them) diem",
        r"\bcham sao cho (?:du|dat|duoc|tren|qua)\b",
        r"\bcham (?:cho|du)\b … \bdu \d",
        r"\b(?:bia|che|tu nghi|tu dien|dien dai|khai khong) (?:\w+ )?(?:diem|so lieu|minh chung|thanh tich)\b",
        r"\btu (?:dong )?cham (?:diem )?(?:cho|ho|giup) {self}",
        r"\bgoi y diem\b",
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
        r"\b(?:sao|tai sao|vi sao|ly do|do dau|co gi ma) … (?:khong|chua|van|bi|lai) … (?:dat|du|duoc|loai|rot|truot|thieu)\b",
        r"\b(?:khong|chua) (?:dat|du dieu kien|du chuan|du diem|duoc de nghi|duoc cong nhan) (?:la )?(?:sao|tai sao|vi sao|do dau|ly do)",
        r"\bdiem … (?:ma|sao|van|nhung) … (?:khong|chua|rot|truot|loai)\b",
        r"\b(?:\d+(?: phay \d+)?|may|bao nhieu|nhieu) (?:diem )?(?:tro len )?(?:thi |la |moi |da |co |nhu the )*(?:dat|du|dau|dau duoc|qua|duoc de nghi|duoc khen|duoc cong nhan|rot|truot)\b(?! diem)",
        r"\bdiem (?:nay|the nay|nhu the|nhu vay|do|{self}) (?:thi |co |da )*(?:dat|du|qua)\b",
        r"\b(?:can|phai|toi thieu) (?:dat |co |duoc |toi thieu |it nhat )*(?:bao nhieu|may) diem\b",
        r"\b(?:diem|muc) (?:dat|san|toi thieu|lay)\b … (?:bao nhieu|may|la gi|the nao)",
        r"\bthe nao (?:thi |la |moi )*(?:dat|du dieu kien|du chuan)\b",
        r"\b(?:dieu kien|tieu chuan) (?:de )?(?:dat|duoc khen|de nghi|cong nhan|xet|khen)\b",
        r"\b90 (?:phan tram )?… (?:la sao|nghia la|hieu sao|tinh sao|tinh the nao|cua gi|tung tieu chi|moi tieu chi)",
        r"\b(?:giai thich|ly giai) … (?:diem|ket qua|khong dat)\b",
        r"\bTC … diem (?:thi |co )*(?:dat|du|qua|sao khong|co sao)\b",
        r"^{who}(?:da |co )*(?:dat|du dieu kien|du chuan|du diem)(?: de nghi| de xuat| khen| khen thuong| duoc| cap huyen| cap tinh)* (?:chua|khong|hay chua)$",
    )),
    # ── who has done it, who has not (before "what do I lack")
    ("progress.show", _ANY, (
        r"^(?:\w+ ){0,4}{others} … (?:chua|da|con|roi|xong|cham|muon|tre|no|thieu|nop|dang ky)\b",
        r"\bcon (?:bao nhieu|may|nhung) (?:xa|don vi|noi|co quan|dia phuong) … (?:chua|no|thieu)\b",
        r"\b(?:bao nhieu|may) (?:xa|don vi|noi|co quan|dia phuong) … (?:chua|da|roi|nop|dang ky|cham|xong)\b",
        r"\b(?:chua|da) (?:nop|dang ky|cham|gui) (?:gom |la )?(?:\w+ ){0,3}(?:nhung )?{others}$",
        r"^(?:danh sach|ds|liet ke|thong ke|tong hop) (?:\w+ ){0,3}(?:chua|con thieu|da|dang ky|nop|tien do|cham)\b",
        r"^(?:cac |nhung )?(?:xa|don vi|co quan|dia phuong) (?:con )?(?:chua|no) (?:nop|dang ky|cham|gui|co|tu cham)(?: \w+){0,4}$",
        r"^(?:xem |bao cao |tinh hinh )?tien do(?: (?:dang ky|nop|cham|cham diem|tu cham|thuc hien|ho so|bao cao|chung|toan huyen|cac xa|cac don vi|cua|UNIT|{self}|nhu the nao|the nao|den dau|toi dau|roi|ra sao|sao|hom nay|YEAR|nam|mo hinh|dien hinh|huyen|hien nay|{model}))*$",
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
        r"^(?:bang )?(?:tu cham|cham diem|bang diem)(?: cua)? {who}(?:con )?thieu (?:gi|nhung gi)\b",
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
    # ── the day, where the rule has to be read
    ("deadline.explain", _ANY, (
        r"\bDATE\b … \b(?:co |con |thi |la |van )*(?:duoc|kip|muon|tre|qua han|tinh|hop le|nhan)(?: .*)? ?(?:khong|chua|sao|the nao)$",
        r"\b(?:DATE|han|han chot|ngay cuoi|han cuoi|ngay nop)\b … (?:roi|trung|dinh|vuong|vao|nham|la) … (?:tet|ngay nghi|nghi|chu nhat|thu bay|thu 7|cuoi tuan|le|cn|mung)\b",
        r"\b(?:tet|ngay nghi|nghi le|chu nhat|thu bay|thu 7|cuoi tuan|nghi tet|ngay le|mung \w+(?: tet)?)\b … (?:nop|gui|tinh|lam) … (?:hom nao|ngay nao|khi nao|bao gio|{how}|duoc khong|sao|kip|khong)",
        r"\b(?:nop|gui|dang ky)\b … (?:tet|ngay nghi|chu nhat|thu bay|thu 7|cuoi tuan)\b … (?:khong|kip|{how})$",
        r"\btruoc (?:ngay )?DATE … (?:la|nghia|tinh|co nghia|hieu|gom|ke ca|den)\b",
        r"\b(?:nop|gui|dang ky|bao cao|cham|tre|muon) (?:\w+ ){0,3}(?:tre|muon|cham|qua han|sau han|qua ngay)\b … (?:khong|sao|gi|{how}|kip|ngay|hom|tuan|phat|tru)\b",
        r"\b(?:tre|qua|het|lo|sau) (?:han|thoi han|DATE)\b … (?:thi|co|roi|duoc|sao|bi|con|van|xu ly)\b … (?:khong|sao|gi|{how}|kip|duoc)",
        r"\b(?:xin |co |duoc )*(?:gia han|lui han|doi han|keo dai han|noi han|hoan nop)\b",
        r"\bcho (?:{self} |phep |xin )*(?:nop|gui|dang ky) (?:\w+ ){0,2}(?:muon|tre|cham|sau)\b",
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
        r"^(?:xem |cac |nhung |lich )*(?:han|thoi han|deadline|han chot|han cuoi|moc|moc thoi gian|thoi gian nop|thoi gian dang ky|thoi gian gui|thoi gian xet|thoi gian bao cao|lich nop|lich xet|lich bao cao|han nop|thoi han nop)(?: (?:chot|cuoi|cuoi cung|nop|gui|dang ky|ban|ho so|bao cao|mo hinh|dien hinh|tu cham|cham diem|cham|xet|khen thuong|khen|de nghi|cap huyen|cap tinh|cap xa|cua|UNIT|{self}|nam|YEAR|quy|thang|la|nay|tong ket|so ket|to trinh|dan van kheo|thi dua|minh chung|danh gia|ke hoach|chua|\d+|sap toi|tiep theo|toi|gan nhat|trong|nao|gi|i|ii|iii|iv|{when}|may))*$",
        r"^(?:sap |da )?(?:den|toi|het|qua|sap het) han (?:chua|nop|dang ky|bao cao|ho so)\b(?: \w+){0,3}$",
        r"^(?:dang ky|nop|ho so|bao cao|nop ho so|nop bao cao|ban dang ky)(?: \w+){0,2} (?:truoc|den|cham nhat)(?: ngay)?(?: nao| may)?$",
        r"^(?:quy may|thang may|quy nao) … (?:xet|hop|khen|nop|bao cao)",
        r"\b(?:nop|gui|dang ky) (?:\w+ ){0,3}(?:truoc|cham nhat|den) (?:ngay )?(?:nao|may|bao nhieu)\b",
    )),
    # ── what I still owe
    ("todo.mine", _ANY, (
        r"^(?:xem |danh sach |cac |nhung |co )*(?:viec|cong viec|nhiem vu|viec can lam|viec phai lam|viec phai nop)(?: (?:cua|cho|can lam|phai lam|con lai|{self}|hom nay|thang nay|tuan nay|thang|nam nay|quy nay|UNIT|gi|nao|sap toi|tiep theo|chua lam|chua xong|con|la))*(?: (?:gi|khong|the nao))?$",
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
        r"(?:nam (?:nay|YEAR) |YEAR ){who}(?:xin |se |thoi )?(?:khong|khong co|khong tham gia) (?:dang ky|mo hinh|dien hinh|mo hinh dang ky|dang ky mo hinh|dang ky dien hinh|dien hinh dang ky|mo hinh de dang ky|mo hinh nao|mo hinh nao dang ky|mo hinh nao de dang ky|dang ky mo hinh nao|mo hinh nao dang ky ca)",
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
        r"(?:{self} )?(?:muon |can |xin |bat dau |vao |mo |lam |de |tiep tuc |huong dan |cach )*(?:dang ky|ghi danh|tham gia|khai bao)(?: (?:them|moi|mot|1|01|lai|tiep|cac|nhung|{model}|mo|tap the|ca nhan|ho gia dinh|thi dua|danh hieu|cho|cua|UNIT|{self}|nam|nay|YEAR|nam nay|phong trao|tham gia|nua|tiep theo|khac))*",
        r"(?:{self} )?(?:muon |can |xin )*(?:tao|them|khai|nhap|lap|bo sung|mo|dien|lam) (?:them )?(?:mot |1 |01 )?(?:mo hinh|dien hinh|ban dang ky|phieu dang ky|dang ky|to dang ky|ho so dang ky|don dang ky)(?: (?:moi|nua|khac|dan van kheo|cho|cua|UNIT|{self}|YEAR|nam|nay|mo hinh|dien hinh))*",
        r"(?:lam sao |lam the nao |the nao |muon )*(?:de )?dang ky(?: {model}| moi| them)*(?: thi)?(?: lam| phai lam)? (?:{how}|can gi|phai lam gi|nhung gi|lam gi|can nhung gi|gom nhung gi)",
        r"(?:lam sao|lam the nao|lam cach nao|bang cach nao)(?: de)?(?: {self})? dang ky(?: {model}| moi| them| duoc)*",
        r"(?:cach|cach thuc|quy trinh|thu tuc|huong dan|cac buoc)(?: de)? dang ky(?: {model}| moi)*(?: {how}| la gi)?",
        r"(?:ban|phieu) dang ky(?: {model})*(?: gom| co| can)*(?: nhung)? (?:gi|muc nao)",
        r"(?:{self} )?(?:muon |can |xin )*(?:chinh sua|sua doi|sua|thay doi|dieu chinh|cap nhat|bo sung)(?: lai)? (?:noi dung |thong tin )?(?:(?:ban|phieu|ho so|noi dung) )?dang ky(?: (?:{model}|cua|cho|da nop|cu|UNIT|{self}|nam|nay|YEAR))*",
        r"(?:{self} )?(?:muon |can |xin )*(?:bo sung|nhap|khai|cap nhat|sua) (?:them |so lieu )?gia tri lam loi(?: (?:kinh te|{model}|cua|cho|UNIT|{self}|nam|nay|YEAR))*",
    )),
    ("register.begin", WHOLE | UNSURE, (r"dang ky (?:{model} )+\w+(?: \w+){0,6}",)),
    # ── points that are there
    ("criteria.show", _ANY, (
        r"\bTC (?:co )?(?:diem )?(?:toi da|diem chuan|diem cao nhat|thang diem|tinh|duoc tinh|cham|cao nhat)(?: \w+){0,2} (?:bao nhieu|may|la gi|the nao|{how})",
        r"\b(?:diem toi da|diem chuan|thang diem|diem cao nhat) (?:cua |cho )?(?:TC|cac tieu chi|tung tieu chi|moi tieu chi)",
        r"^(?:xem |noi dung |y nghia |chi tiet |giai thich |doc |cho xem )*TC(?: (?:la|noi|ve|quy dinh|yeu cau|gom|co|bao gom|danh gia|nghia|noi ve|hoi|ghi|doi hoi|lam|noi dung|ra|hieu|la ve|thi|cham|cham diem|tap the|ca nhan|cua|viet))*(?: (?:gi|cai gi|nhung gi|{how}|viec gi|bao nhieu diem|may diem|ra lam sao))?(?: vay| the)?$",
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
        r"\b(?:khen|khen thuong|de nghi|de cu|gioi thieu|gui|xet|thuong) (?:\w+ ){0,4}(?:may|bao nhieu|toi da may|toi da bao nhieu)\b(?! (?:diem|ngay|gio))",
        r"\bcon (?:lai )?(?:may|bao nhieu) (?:suat|cho|chi tieu)\b",
        r"\b(?:so luong|chi tieu|han muc|dinh muc|suat|so suat)(?: duoc)? (?:khen|de nghi|giay khen|bang khen|khen thuong|tap the|ca nhan)\b",
        r"\b(?:giay khen|bang khen) … (?:may|bao nhieu)\b",
        r"^(?:chi tieu|so luong|quota|dinh muc|han muc)(?: (?:khen thuong|khen|cap huyen|cap tinh|nam|YEAR|nay|la|bao nhieu|the nao|dan van kheo|duoc giao))*$",
        r"\b(?:toi da|nhieu nhat) (?:duoc )?(?:may|bao nhieu) (?:tap the|ca nhan|suat|mo hinh|nguoi)\b",
        r"\btap the\b … \bca nhan\b … (?:la sao|la gi|nghia la|hieu the nao)\b",
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
        r"(?:ban|bot|may|kheo|day|em|ad)(?: nay)? la (?:ai|gi|bot gi|cai gi|may hay nguoi|nguoi hay may|bot hay nguoi|nguoi that|robot)(?: vay| the)?(?: khong| a)?",
        r"(?:ban|bot|kheo|may|day|cai nay|em) (?:co the )?(?:biet |giup |lam )+(?:duoc )?(?:lam )?(?:nhung )?(?:gi|viec gi|nhung gi)(?: cho {self})?(?: duoc)?(?: vay| the)?",
        r"(?:ban|bot|kheo|cai nay) (?:co the|co) (?:lam|giup|tra loi)(?: duoc)? (?:nhung )?(?:gi|duoc gi|nhung gi)(?: cho {self}| duoc)?",
        r"(?:cach |huong dan |lam sao |lam the nao |hoi cach )*(?:de )?(?:dung|su dung|xai)(?: (?:bot|kheo|cai nay|ung dung|phan mem|ban|tro ly|chatbot))*(?: {how})?",
        r"(?:toi |em |minh )?(?:khong|chua) biet (?:cach )?(?:lam|dung|su dung|bat dau|xai|phai lam|bat dau tu dau|hoi|lam gi|phai lam gi)(?: {how}| gi| tu dau)*",
        r"(?:toi |minh |em )?(?:co the |duoc )?hoi (?:duoc )?(?:nhung )?gi(?: o day| duoc)?",
        r"(?:nhung |cac )?(?:chuc nang|tinh nang)(?: (?:cua bot|gi|nao|la gi|chinh))*",
        r"ai day|ai vay|ban la bot|day la gi|day la dau|bat dau|bat dau tu dau|bat dau {how}",
    )),
    ("thanks", WHOLE, (
        r"(?:ok |oke |da |vang |u |uh |um |xin |toi |minh |em |rat |chan thanh |tot qua |tuyet |hay qua |duoc roi )*(?:cam on|cam on ban|camon|cam un|thanks|thank you|thank|tks|thanh kiu|thankiu|biet on|da ta)(?: (?:ban|bot|kheo|nhieu|rat nhieu|em|anh|chi|dong chi|nha|nhe|you|lam|ad|da|ho tro|giup do|su giup do|vi da|giup|nghe|a|so much|very much|cac ban|tro ly))*",
    )),
    ("greeting", WHOLE, (
        r"(?:da |vang |em |toi |minh |xin |kinh |than |than ai )*chao(?: (?:buoi|sang|chieu|toi|trua|ban|bot|kheo|anh|chi|em|dong chi|ca nha|moi nguoi|ad|admin|tro ly|a|cac|anh chi|nha|nhe|ngay moi|minh|buoi sang|em bot|ban nhe|thay|co|ca))*",
        r"(?:hello|hi|hey|helo|hallo|a ?lo+|alo+|he lo|xin chao)(?: (?:bot|ban|kheo|ad|em|anh|chi|moi nguoi|alo|co ai|o day|khong|there))*",
        r"(?:buoi sang|buoi chieu|good morning|chuc (?:buoi sang|ngay moi|mot ngay) (?:tot lanh|vui ve))",
        r"(?:co ai (?:o day|o do|do)?(?: khong)?|bot (?:oi|dau|co day) ?(?:khong|roi)?|kheo oi|ban oi|bot oi|ad oi)",
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
        r"\b(?:gia vang|gia xang|ty gia|xo so|so de|danh de|bong da|da bong|world cup|doi tuyen|chung khoan|bitcoin)\b",
        r"\b(?:an gi|uong gi|an trua|an com chua|choi gi|di dau choi|quan nhau|quan cafe|quan ca phe|nha hang|khach san)\b",
        r"\b(?:may gio roi|bay gio la may gio|hom nay (?:la )?(?:thu|ngay) (?:may|bao nhieu)|hom nay ngay may)\b",
        r"\b(?:nguoi yeu|co vo|co chong|lay vo|lay chong|bao nhieu tuoi|may tuoi|ten that|que o dau|yeu {self}|buon ngu)\b",
        r"\b(?:nau (?:an|mon|pho|canh)|cong thuc nau|phim (?:gi|nao|hay)|bai hat nao|ca si|dich sang tieng|tieng anh la gi|tieng anh noi)\b",
        r"\b(?:tong thong|thu do cua|thu do nuoc|lai suat|mua (?:xe|nha|dien thoai)|ban (?:xe|nha|dien thoai)|ve may bay|ve tau|gia ve|thuoc gi|benh vien nao|dau bung|dau dau)\b",
        r"\b(?:bang may|\d+ (?:cong|tru|nhan|chia) \d+) (?:bang )?(?:may|bao nhieu)?$",
    )),
)  # fmt: skip

# A sentence that changes something is taken as it stands; typing mistakes are never mended into one.
EFFECTS = frozenset({"register.complete", "register.none", "score.enter"})

# What a deadline is asked for; the first that fits. “Báo cáo thành tích” is a part of the dossier.
WHAT: tuple[tuple[str, str], ...] = (
    ("registration", r"\bdang ky\b"),
    ("dossier", r"\b(?:bao cao thanh tich|ho so|to trinh|bien ban|tu cham|cham diem|minh chung|tai lieu|de nghi)\b"),
    ("report", r"\b(?:bao cao|tong ket|so ket|danh gia ket qua|danh gia)\b"),
    ("review", r"\b(?:xet|binh xet|hop|hoi_? dong|khen|khen thuong|trao|cong bo|cong nhan|tham dinh)\b"),
)

# What makes a question of a sentence, wherever it stands (or at its beginning, or its end).
QUESTION: tuple[str, ...] = (
    r"\b(?:bao gio|khi nao|luc nao|hom nao|ngay nao|ngay may|thang may|quy may|tai sao|vi sao|lam sao|bao nhieu|bao lau)\b",
    r"\b(?:the nao|ra sao|o dau|ve dau|den dau|toi dau|la gi|la ai|la sao|thi sao|co sao|nhung gi|gom gi|(?:lam|nop|can|thieu|no|viec) gi(?! cung| co loi| cho dan| thi| deu)|gi the)\b",
    r"\b(?:duoc khong|co duoc|hay khong|kip khong|phai khong|dung khong|hay chua|co phai|con kip)\b",
    r"(?<!khong dang ky )(?<!khong co )\b(?:xa|don vi|tieu chi|mo hinh|dien hinh|muc|ai|noi|mau|co quan|phong|{proof}) nao\b",
    r"\bmay (?:diem|ngay|tap the|ca nhan|suat|bo|tieu chi|mo hinh|gio|tuoi|xa|don vi|giay khen|bang khen)\b",
    r"\b(?:co|da|con|dang|duoc|van|mai|mua|dk|dang ky|dat) (?:.* )?(?:khong|chua)$",
    r"\b(?:duyet|xong|cham|gui|ky|nhan|tuc|hop|nop) chua$",
    r"\btu dau$",
    r"^(?:tai|sao|ai(?! cung| ai)|cho (?:\w+ )?hoi|xin hoi|xin cho|hoi)\b(?! dong| nong| phu| cuu| lien| chu| thi| ngo| van| lhpn| nd\b| ccb| nguoi cao| khuyen)",
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
        ("z dz", "vay"),
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
    "là lại hết hệt muộn muốn kịp khi hôm hỏi chấm chậm đạt đủ xong thiếu thiểu nhiêu nhiều xét rồi đã đá còn giúp phải cần hồ hộ hỗ"
)
