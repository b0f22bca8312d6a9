// What htmx cannot do for the chat: a queue of posts that survives a lost connection, tabs, scrolling, the keys of the box.
"use strict";

(() => {
  const words = document.body.dataset;
  const ALBUM = 10; // as many files as the server takes at once
  const LONGEST_WAIT = 30_000; // ms between two tries of a post
  const NEAR = 140; // px: who is this near the end wants to see what comes

  const panels = [...document.querySelectorAll(".panel")];
  const tabs = [...document.querySelectorAll(".tabs a")];
  const part = (panel, selector) => panel.querySelector(selector);
  // crypto.randomUUID does not exist on a page without TLS.
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  function made(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    if (text) element.textContent = text;
    return element;
  }

  // Posts: one after the other in each chat, tried again until the server has them, kept over a reload.

  class Queue {
    constructor(panel) {
      this.panel = panel;
      this.key = "kheo-unsent-" + panel.dataset.chat;
      this.jobs = [];
      this.busy = false;
      this.wait = 0;
      try {
        for (const job of JSON.parse(localStorage.getItem(this.key) || "[]")) this.add(job);
      } catch { /* a browser without storage keeps nothing */ }
    }

    add(job) {
      job.line = this.show(job);
      this.jobs.push(job);
      this.save();
      this.work();
    }

    show(job) {
      const line = made("li", "bubble waiting");
      line.dataset.update = job.fields.update;
      line.append(made("p", "text", job.shown), made("p", "state", words.sending));
      part(this.panel, ".pending").append(line);
      toEnd(this.panel);
      return line;
    }

    save() {
      const texts = this.jobs.filter((job) => !job.files).map(({ url, fields, shown }) => ({ url, fields, shown }));
      try {
        localStorage.setItem(this.key, JSON.stringify(texts));
      } catch { /* as above */ }
    }

    async work() {
      if (this.busy) return;
      this.busy = true;
      while (this.jobs.length) {
        const job = this.jobs[0];
        const status = await posted(job);
        if (status >= 200 && status < 300) this.sent(job);
        else if (status >= 400 && status < 500) this.failed(job);
        else await this.patience(job);
      }
      this.busy = false;
    }

    done(job) {
      this.jobs = this.jobs.filter((other) => other !== job);
      this.wait = 0;
      this.save();
    }

    sent(job) {
      this.done(job);
      // The message itself comes through the stream and takes the line away; this is for what has no message.
      setTimeout(() => job.line.remove(), job.url === "/chat/edit" ? 0 : 1500);
    }

    failed(job) {
      this.done(job);
      job.line.classList.add("failed");
      part(job.line, ".state").textContent = words.failed;
      const discard = made("button", "discard", words.discard);
      discard.type = "button";
      discard.addEventListener("click", () => job.line.remove());
      job.line.append(discard);
      toEnd(this.panel);
    }

    patience(job) {
      this.wait = Math.min(this.wait ? this.wait * 2 : 1000, LONGEST_WAIT);
      part(job.line, ".state").textContent = words.waiting;
      job.line.classList.add("late");
      return new Promise((later) => setTimeout(later, this.wait));
    }
  }

  async function posted(job) {
    let body = new URLSearchParams(job.fields);
    if (job.files) {
      body = new FormData();
      for (const [name, value] of Object.entries(job.fields)) body.append(name, value);
      for (const file of job.files) {
        if (file.size > Number(words.limit)) {
          body.append("oversize", JSON.stringify({ name: file.name, size: file.size, media: file.type }));
        } else body.append("files", file, file.name);
      }
    }
    try {
      return (await fetch(job.url, { method: "POST", body })).status;
    } catch {
      return 0;
    }
  }

  const queues = new Map();

  function post(panel, url, fields, shown, files) {
    const common = { as: panel.dataset.chat, update: newId(), lang: words.lang };
    const who = part(panel, "[name=who]");
    if (who) common.who = who.value;
    queues.get(panel).add({ url, fields: { ...common, ...fields }, shown, files });
  }

  // The log of a chat

  const atEnd = (panel) => {
    const box = part(panel, ".scroll");
    return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  };

  function toEnd(panel) {
    const box = part(panel, ".scroll");
    box.scrollTop = box.scrollHeight;
  }

  function markDays(panel) {
    panel.querySelectorAll(".day-line").forEach((line) => line.remove());
    let day = "";
    for (const message of panel.querySelectorAll(".message")) {
      if (message.dataset.day !== day) {
        day = message.dataset.day;
        const line = made("p", "day-line", day);
        line.setAttribute("aria-hidden", "true");
        message.before(line);
      }
    }
  }

  function arrived(panel, message) {
    panel.querySelectorAll(".pending [data-update]").forEach((line) => {
      if (line.dataset.update === message.dataset.update) line.remove();
    });
    markDays(panel);
  }

  // A message that is shown already is replaced, one that comes out of order is put in its place; htmx appends the rest.
  document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
    const log = event.target;
    if (!log.classList.contains("log")) return;
    const panel = log.closest(".panel");
    const box = document.createElement("template");
    box.innerHTML = event.detail.data;
    const message = part(box.content, ".message");
    const shown = document.getElementById(message.id);
    const later = [...log.querySelectorAll(".message")].find((other) => Number(other.dataset.id) > Number(message.dataset.id));
    panel.follow = atEnd(panel) || message.dataset.side === "person";
    if (shown) shown.replaceWith(message);
    else if (later) later.before(message);
    else return;
    event.preventDefault();
    arrived(panel, message);
  });

  document.body.addEventListener("htmx:sseMessage", (event) => {
    const log = event.target;
    if (log.classList.contains("face")) showClock(log);
    if (!log.classList.contains("log")) return;
    const panel = log.closest(".panel");
    arrived(panel, [...log.querySelectorAll(".message")].at(-1));
    if (panel.follow) toEnd(panel);
    if (panel.offsetParent === null) countUnread(panel);
  });

  function showClock(face) {
    const box = document.querySelector(".jumps .to input[type=datetime-local]");
    if (document.activeElement !== box) box.value = part(face, "time").getAttribute("datetime").slice(0, 16);
  }

  let away;
  const banner = document.querySelector(".away");
  document.body.addEventListener("htmx:sseError", () => {
    away ??= setTimeout(() => {
      const following = panels.filter(atEnd);
      banner.hidden = false;
      following.forEach(toEnd);
    }, 2500);
  });
  document.body.addEventListener("htmx:sseOpen", () => {
    clearTimeout(away);
    away = undefined;
    banner.hidden = true;
  });

  // Tabs: on a phone one chat is seen at a time

  const tabOf = (panel) => tabs.find((tab) => tab.dataset.tab === panel.dataset.chat);

  function countUnread(panel) {
    const badge = tabOf(panel) && part(tabOf(panel), ".unread");
    if (!badge) return;
    badge.textContent = String(Number(badge.textContent) + 1);
    badge.hidden = false;
  }

  function activate(panel) {
    for (const other of panels) {
      other.classList.toggle("active", other === panel);
      const tab = tabOf(other);
      if (!tab) continue;
      if (other === panel) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
    const badge = tabOf(panel) && part(tabOf(panel), ".unread");
    if (badge) {
      badge.textContent = "";
      badge.hidden = true;
    }
    panel.scrollIntoView({ inline: "nearest", block: "nearest" });
    toEnd(panel);
  }

  for (const tab of tabs) {
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", tab.hash);
      activate(document.querySelector(tab.hash));
    });
  }

  // Buttons under a message, its pencil, and the first one of all

  // A double click is meant once, also when the chat has moved on and another button lies under the finger by then.
  function hurried(event, button) {
    if (event.detail > 1 || button.getAttribute("aria-busy")) return true;
    button.setAttribute("aria-busy", "true");
    setTimeout(() => button.removeAttribute("aria-busy"), 800);
    return false;
  }

  function withoutCode() { // it is used up: a reload must not offer it again, and nobody shall read it in the address
    const here = new URL(location.href);
    if (!here.searchParams.has("code")) return;
    here.searchParams.delete("code");
    here.pathname = "/chat";
    history.replaceState(null, "", here);
  }

  document.body.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const panel = event.target.closest(".panel");
    if (!button || !panel) return;
    const message = button.closest(".message");
    if (button.matches(".choice")) {
      if (hurried(event, button)) return;
      const label = button.textContent;
      post(panel, "/chat/pick", { token: button.dataset.token, message: message.dataset.id, label }, label);
    } else if (button.matches(".command")) {
      if (hurried(event, button)) return;
      post(panel, "/chat/say", { text: button.textContent }, button.textContent);
    } else if (button.matches(".start")) {
      part(panel, ".welcome").hidden = true;
      post(panel, "/chat/start", { code: button.dataset.code }, button.textContent);
      withoutCode();
    } else if (button.matches(".correct")) {
      beginEdit(panel, message);
    }
  });

  // The box at the bottom

  const chosen = new Map();
  const editing = new Map();

  function fit(box) {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 160)}px`;
  }

  function write(panel, text) {
    const box = part(panel, "textarea");
    box.value = text;
    fit(box);
    box.focus({ preventScroll: true });
  }

  function beginEdit(panel, message) {
    editing.set(panel, message);
    const who = part(panel, "[name=who]");
    if (who) who.value = message.dataset.who;
    part(panel, ".editing").hidden = false;
    const text = part(message, ".text");
    write(panel, text ? text.textContent : "");
  }

  function leaveEdit(panel) {
    editing.delete(panel);
    part(panel, ".editing").hidden = true;
    write(panel, "");
  }

  function choose(panel, files) {
    chosen.set(panel, [...chosen.get(panel), ...files]);
    preview(panel);
  }

  function preview(panel) {
    const list = part(panel, ".previews");
    list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    list.replaceChildren();
    for (const file of chosen.get(panel)) {
      const item = made("li", "preview");
      if (file.type.startsWith("image/")) {
        const image = made("img", "");
        image.src = URL.createObjectURL(file);
        image.alt = file.name;
        item.append(image);
      } else item.append(made("span", "", file.name));
      const remove = made("button", "remove", "×");
      remove.type = "button";
      remove.setAttribute("aria-label", `${words.remove}: ${file.name}`);
      remove.addEventListener("click", () => {
        chosen.set(panel, chosen.get(panel).filter((other) => other !== file));
        preview(panel);
      });
      item.append(remove);
      list.append(item);
    }
    list.hidden = !chosen.get(panel).length;
  }

  function send(panel) {
    const text = part(panel, "textarea").value;
    const files = chosen.get(panel);
    const message = editing.get(panel);
    if (message) {
      if (!text.trim()) return;
      post(panel, "/chat/edit", { message: message.dataset.id, text }, text);
      leaveEdit(panel);
    } else if (files.length) {
      for (let from = 0; from < files.length; from += ALBUM) {
        const some = files.slice(from, from + ALBUM);
        const caption = from ? "" : text;
        post(panel, "/chat/upload", { text: caption }, [caption, ...some.map((file) => file.name)].filter(Boolean).join("\n"), some);
      }
      chosen.set(panel, []);
      preview(panel);
    } else if (text.trim()) {
      post(panel, "/chat/say", { text }, text);
    } else return;
    write(panel, "");
  }

  for (const panel of panels) {
    const form = part(panel, "form.composer");
    const box = part(form, "textarea");
    const input = part(form, "[type=file]");
    chosen.set(panel, []);
    queues.set(panel, new Queue(panel));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(panel);
    });
    box.addEventListener("input", () => fit(box));
    box.addEventListener("keydown", (event) => {
      // While a Vietnamese input method composes, Enter belongs to it.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
        event.preventDefault();
        send(panel);
      } else if (event.key === "Escape" && editing.has(panel)) leaveEdit(panel);
    });
    box.addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      choose(panel, event.clipboardData.files);
    });
    input.addEventListener("change", () => {
      choose(panel, input.files);
      input.value = "";
      box.focus();
    });
    panel.addEventListener("dragover", (event) => event.preventDefault());
    panel.addEventListener("drop", (event) => {
      event.preventDefault();
      choose(panel, event.dataTransfer.files);
    });
    part(form, ".leave-edit").addEventListener("click", () => leaveEdit(panel));
    markDays(panel);
    toEnd(panel);
  }

  const mover = document.querySelector("details.move");
  const wide = matchMedia("(min-width: 62rem)");
  const unfold = () => { if (mover) mover.open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();
  document.body.addEventListener("htmx:afterRequest", unfold); // on a phone the list of jumps closes after a jump
  activate(panels.find((panel) => location.hash === `#${panel.id}`) || panels[0]);
})();
