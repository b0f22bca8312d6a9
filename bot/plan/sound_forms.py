"""Whether the forms of a plan can be asked: options, conditions, and what a registration must bring."""

from __future__ import annotations

from bot.plan.finding import Place
from bot.plan.inspection import Inspection
from bot.plan.model import SELF_SCORE
from bot.plan.questions import Condition, Form, Question

CHOOSING = ("choice", "multi_choice")
NUMERIC = ("number", "money", "percent", "row")


def forms(look: Inspection) -> None:
    """Every form of the plan."""
    look.each_once(("forms",), "id", (form.id for form in look.plan.forms))
    for index, form in enumerate(look.plan.forms):
        here: Place = ("forms", index)
        look.pressable((*here, "id"), form.id)
        if form.id == SELF_SCORE:
            look.wrong(
                (*here, "id"), f"“{SELF_SCORE}” is the form that is made of the criteria.", "Give this form another id."
            )
        _form(look, form, here)
        if form.purpose == "registration":
            _registration(look, form, here)
        elif look.written((*here, "exemplar")):
            look.wrong((*here, "exemplar"), "Only a registration enters an exemplar.", "Add “purpose: registration”.")


def _form(look: Inspection, form: Form, here: Place) -> None:
    look.each_once((*here, "questions"), "id", (question.id for question in form.questions))
    if not form.questions:
        look.wrong((*here, "questions"), "The form asks nothing.", "Add its questions, or remove the form.")
    earlier: dict[str, Question] = {}
    for index, question in enumerate(form.questions):
        place = (*here, "questions", index)
        _question(look, question, place)
        _condition(look, question.when, (*place, "when"), earlier)
        for number, option in enumerate(question.options):
            _condition(look, option.when, (*place, "options", number, "when"), earlier)
        earlier[question.id] = question
    for number, confirmation in enumerate(form.confirmations):
        if not any(name.strip() for name in confirmation.any_of):
            look.wrong((*here, "confirmations", number, "any_of"), "Nobody is named.", "Say who confirms.")


def _question(look: Inspection, question: Question, here: Place) -> None:
    if question.kind in CHOOSING:
        if not question.options:
            look.wrong((*here, "options"), f"“{question.id}” has nothing to choose.", "Add options.")
        look.each_once((*here, "options"), "key", (option.key for option in question.options))
        for number, option in enumerate(question.options):
            place = (*here, "options", number, "key")
            if look.written(place):  # what a shorthand lists is looked at where it stands
                look.pressable(place, option.key)
    elif question.options:
        look.wrong(
            (*here, "options"),
            f"A question of kind {question.kind} has no options.",
            f"Remove them, or write one of: {', '.join(CHOOSING)}.",
        )
    if question.required_by:
        look.known((*here, "required_by"), question.required_by, (m.id for m in look.plan.milestones), "milestone")
        if question.required:
            look.wrong(
                (*here, "required_by"),
                "What is required at once cannot be left open until a milestone.",
                "Add “required: false”.",
            )
    for key in ("minimum", "maximum", "step"):
        if getattr(question, key) is not None and question.kind not in NUMERIC:
            look.wrong((*here, key), f"A question of kind {question.kind} has no {key}.", "Remove it.")
    if question.minimum is not None and question.maximum is not None and question.minimum > question.maximum:
        look.wrong((*here, "minimum"), "The minimum is above the maximum.", "Correct one of the two.")
    if question.step is not None and question.step <= 0:
        look.wrong((*here, "step"), "A step must be above 0.", "Write a step such as 0.5.")
    if question.max_length is not None and question.max_length < 1:
        look.wrong((*here, "max_length"), "No answer is that short.", "Write at least 1, or leave it out.")


def _condition(look: Inspection, condition: Condition | None, place: Place, earlier: dict[str, Question]) -> None:
    if condition is None:
        return
    asked = earlier.get(condition.question)
    if asked is None:
        there = f"Earlier are: {', '.join(earlier)}." if earlier else "It is the first question."
        look.wrong((*place, "question"), f"There is no earlier question “{condition.question}”.", there)
        return
    if not condition.values:
        look.wrong((*place, "values"), "The condition never holds.", "Name at least one value.")
    if asked.kind in CHOOSING:
        keys = [option.key for option in asked.options]
        for value in condition.values:
            if value not in keys:
                look.wrong(
                    (*place, "values"),
                    f"“{value}” cannot be chosen in “{asked.id}”.",
                    f"Its options are: {', '.join(keys)}.",
                )


def _registration(look: Inspection, form: Form, here: Place) -> None:
    """A registration must bring a name, and what the exemplar is where the plan knows several kinds."""
    for key in type(form.exemplar).model_fields:
        place = (*here, "exemplar", key)
        if look.written(place) and key != "continuing":
            look.known(place, getattr(form.exemplar, key), (q.id for q in form.questions), "question")
    if not form.has(form.exemplar.name):
        look.wrong(
            (*here, "questions"),
            f"The registration does not ask for a name (“{form.exemplar.name}”).",
            "Add the question, or say in “exemplar: {name: …}” which one brings it.",
        )
    else:
        _always(look, form, form.exemplar.name, here)
    if len(look.plan.subjects) > 1:
        if not form.has(form.exemplar.subject):
            look.wrong(
                (*here, "questions"),
                f"The plan has several subjects, and the registration asks for none (“{form.exemplar.subject}”).",
                "Add a question with “options: subjects”, or name it in “exemplar: {subject: …}”.",
            )
        else:
            _always(look, form, form.exemplar.subject, here)
    listed = {"subject": [one.id for one in look.plan.subjects], "field": [one.id for one in look.plan.fields]}
    for key, known in listed.items():
        named = getattr(form.exemplar, key)
        if form.has(named):
            _listed(look, form, named, known, key, here)
    status = form.exemplar.status
    if form.has(status) and form.question(status).kind != "choice":
        look.wrong(_question_place(form, status, here, "kind"), "A status is chosen.", "Write “kind: choice”.")
    if look.written((*here, "exemplar", "continuing")):
        among = (option.key for option in form.question(status).options) if form.has(status) else ()
        look.known((*here, "exemplar", "continuing"), form.exemplar.continuing, among, "status")
    award = form.exemplar.award
    if form.has(award) and form.question(award).kind != "yes_no":
        look.wrong(
            _question_place(form, award, here, "kind"),
            "Whether an award is asked for is a yes or a no.",
            "Write “kind: yes_no”.",
        )


def _always(look: Inspection, form: Form, id: str, here: Place) -> None:
    question = form.question(id)
    if not question.required:
        place = _question_place(form, id, here, "required")
        look.wrong(place, f"An exemplar cannot be entered without “{id}”.", "Take “required: false” out.")
    if question.when is not None:
        place = _question_place(form, id, here, "when")
        look.wrong(place, f"“{id}” would not always be asked.", "Take the condition out.")


def _listed(look: Inspection, form: Form, id: str, known: list[str], what: str, here: Place) -> None:
    question = form.question(id)
    if question.kind != "choice":
        place = _question_place(form, id, here, "kind")
        look.wrong(place, f"The {what} is chosen from the plan's list.", f"Write “kind: choice, options: {what}s”.")
        return
    for option in question.options:
        if option.key not in known:
            look.known(_question_place(form, id, here, "options"), option.key, known, what)


def _question_place(form: Form, id: str, here: Place, key: str) -> Place:
    index = next(at for at, question in enumerate(form.questions) if question.id == id)
    return (*here, "questions", index, key)
