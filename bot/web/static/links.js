// What the pages do more where scripts run: files are listed, too large ones told at once, the way up is shown.
"use strict";

const MEGABYTE = 1048576;
const said = document.body.dataset;
let changed = false;

document.addEventListener("input", () => { changed = true; });

window.addEventListener("beforeunload", (leaving) => {
  if (changed && document.querySelector("form[enctype]")) leaving.preventDefault();
});

document.addEventListener("change", ({ target }) => {
  if (target.type !== "file") return;
  const list = target.closest("label").nextElementSibling;
  list.replaceChildren(...[...target.files].map(lineOf));
  list.hidden = !target.files.length;
  tell(target.form, tooLarge(target.form));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[enctype]")) {
    form.querySelector("button").disabled = form.method === "post";
    return;
  }
  event.preventDefault();
  const trouble = tooLarge(form);
  if (trouble) tell(form, trouble);
  else send(form);
});

function lineOf(file) {
  const [line, name, size] = ["li", "span", "span"].map((tag) => document.createElement(tag));
  name.textContent = file.name;
  size.textContent = file.size < MEGABYTE ? `${Math.max(1, Math.round(file.size / 1024))} KB` : `${(file.size / MEGABYTE).toFixed(1)} MB`;
  line.append(name, size);
  return line;
}

function tooLarge(form) {
  for (const input of form.querySelectorAll("input[type=file]"))
    for (const file of input.files) if (file.size > Number(said.limit) * MEGABYTE) return said.large.replace("{name}", file.name);
  return "";
}

function tell(form, sentence) {
  const place = form.querySelector(".trouble[role=alert]");
  place.textContent = sentence;
  place.hidden = !sentence;
}

function send(form) {
  const button = form.querySelector("button");
  const bar = form.querySelector("progress");
  const label = button.textContent;
  const request = new XMLHttpRequest();
  button.disabled = true;
  button.textContent = said.sending;
  bar.hidden = false;
  tell(form, "");
  request.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) => {
    if (lengthComputable) bar.value = (100 * loaded) / total;
  });
  const stop = () => {
    button.disabled = false;
    button.textContent = label;
    bar.hidden = true;
    tell(form, said.failed);
  };
  request.addEventListener("error", stop);
  request.addEventListener("load", () => {
    if (!request.response?.querySelector("main")) return stop(); // a proxy answered, not we
    changed = false;
    show(request);
  });
  request.open("POST", form.action);
  request.responseType = "document";
  request.send(new FormData(form));
}

function show({ response, responseURL }) {
  if (new URL(responseURL).pathname !== location.pathname) location.assign(responseURL);
  else {
    document.querySelector("main").replaceWith(document.adoptNode(response.querySelector("main")));
    window.scrollTo(0, 0);
  }
}
