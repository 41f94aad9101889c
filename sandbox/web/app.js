// The page: keeps what the server tells in `state`, draws it, and sends what people do.
import { bubble, make } from "./messages.js";

const $ = (selector, root = document) => root.querySelector(selector);
const state = { chats: new Map(), people: [], desk: { people: [] }, status: {}, bot: {}, trace: [] };
const seen = { person: null, topic: null, unread: new Set(), reply: { phone: null, desk: null }, typing: {}, drawn: new Map() };
const pace = Number(new URLSearchParams(location.search).get("pace") ?? 1);
let socket = null;
let pause = 250;

// --- the connection ---------------------------------------------------------------------------------------------

function connect() {
  socket = new WebSocket(`ws://${location.host}/ws`);
  socket.onopen = () => { pause = 250; };
  socket.onmessage = (event) => take(JSON.parse(event.data));
  socket.onclose = () => {
    $("#lamp").dataset.state = "lost";
    $("#lamp").textContent = "Связь потеряна, соединяюсь…";
    setTimeout(connect, pause = Math.min(pause * 2, 4000));
  };
}

function ask(action, details = {}) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ do: action, ...details }));
  else toast("Нет связи с показом. Сейчас вернётся.");
}

const TAKERS = {
  state(told) {
    Object.assign(state, { bot: told.bot, people: told.people, desk: told.desk, trace: told.trace });
    state.chats = new Map(told.chats.map((chat) => [chat.id, { ...chat, messages: new Map(chat.messages.map((one) => [one.id, one])) }]));
    seen.person ??= told.people[0].id;
    if (!topics().some((topic) => topic.id === seen.topic)) seen.topic = topics()[0]?.id ?? null;
    $("#bot-name").textContent = told.bot.name;
    $("#desk-title").textContent = told.desk.title;
    const chosen = $("#admin").value;
    $("#admin").replaceChildren(...told.desk.people.map((one) => make("option", { value: one.id }, one.name)));
    if (chosen) $("#admin").value = chosen;
    TAKERS.status(told.status);
    drawPeople(); drawTopics(); drawTalk("phone"); drawTalk("desk"); drawTrace();
    if (told.remembered) toast("База помнит прошлый показ, а переписка началась заново.");
    story(told.cue.tell);
  },
  status(told) {
    const blocked = JSON.stringify(state.status.blocked) !== JSON.stringify(told.blocked);
    if (told.bot === "off" && state.status.bot === "starting") toast(`Бот не запустился: ${told.words}`);
    state.status = told;
    drawStatus();
    if (blocked) drawTalk("phone");
  },
  message({ chat, message }) {
    const fresh = !state.chats.get(chat).messages.has(message.id);
    state.chats.get(chat).messages.set(message.id, message);
    if (fresh && message.bot) calm(sideOf(chat));
    if (chat !== state.desk.id && chat !== seen.person) { seen.unread.add(chat); drawPeople(); }
    if (chat === state.desk.id && (message.thread ?? null) !== seen.topic) { seen.unread.add(`t${message.thread}`); drawTopics(); }
    redraw(chat);
  },
  deleted({ chat, id }) { state.chats.get(chat).messages.delete(id); redraw(chat); },
  reaction({ chat, id, reaction }) {
    const message = state.chats.get(chat).messages.get(id);
    if (message) { message.reaction = reaction; redraw(chat); }
  },
  topics({ chat, topics: told }) {
    const before = new Set(topics().map((topic) => topic.id));
    state.chats.get(chat).topics = told;
    const made = told.find((topic) => !before.has(topic.id));
    const gone = seen.topic !== null && !told.some((topic) => topic.id === seen.topic);
    if (gone) seen.topic = told[0]?.id ?? null;
    if (made && !field("desk").value) openTopic(made.id);
    else { drawTopics(); if (gone) drawTalk("desk"); }
  },
  action({ chat, thread }) {
    const side = sideOf(chat);
    if (side === "phone" ? chat !== seen.person : (thread ?? null) !== seen.topic) return;
    $(`#typing-${side}`).textContent = "печатает…";
    clearTimeout(seen.typing[side]);
    seen.typing[side] = setTimeout(() => calm(side), 5000);
  },
  answered({ chat, id, data, text, alert }) {
    for (const key of document.querySelectorAll(".key.waiting")) {
      if (key.dataset.id === String(id) && key.dataset.data === data) key.classList.remove("waiting");
    }
    if (text && alert) choose(text, []);
    else if (text) toast(text, sideOf(chat));
  },
  trace({ trace }) {
    state.trace = [...state.trace.slice(-59), trace];
    if ($(".trace").open) drawTrace();
  },
  cue(cue) { follow(cue); },
  oops() { toast("Так не получилось. Возможно, сообщение или тему уже удалили."); },
};

function take(told) { TAKERS[told.t]?.(told); }

// --- what is shown ----------------------------------------------------------------------------------------------

const topics = () => state.chats.get(state.desk.id)?.topics ?? [];
const sideOf = (chat) => (chat === state.desk.id ? "desk" : "phone");
const field = (side) => $(`#${side}-form input[type=text]`);
const isBlocked = () => (state.status.blocked ?? []).includes(seen.person);

function calm(side) { $(`#typing-${side}`).textContent = side === "phone" ? "бот" : ""; }

function redraw(chat) {
  if (sideOf(chat) === "desk") drawTalk("desk");
  else if (chat === seen.person) drawTalk("phone");
}

function visible(side) {
  const chat = state.chats.get(side === "phone" ? seen.person : state.desk.id);
  const all = [...(chat?.messages.values() ?? [])];
  return side === "phone" ? all : all.filter((one) => (one.thread ?? null) === seen.topic);
}

function grouped(messages) {
  const groups = [];
  for (const one of messages) {
    const last = groups.at(-1);
    if (one.group && last?.[0].group === one.group) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

// Only what changed is drawn anew: everything else keeps its focus, selection and place.
function drawTalk(side) {
  const box = $(`#${side}-talk`);
  const low = box.scrollHeight - box.scrollTop - box.clientHeight < 90;
  const chat = side === "phone" ? seen.person : state.desk.id;
  let before = null;
  let focus = null;
  const nodes = grouped(visible(side)).map((group) => {
    const [first] = group;
    const sign = JSON.stringify([group, before, side === "phone" && isBlocked()]);
    const old = seen.drawn.get(`${chat}-${first.id}`);
    const followed = before === first.from;
    before = first.service ? null : first.from;
    if (old?.sign === sign) return old.node;
    const mine = side === "phone" ? first.from === chat : !first.bot;
    const node = bubble(chat, group, mine, side === "desk" && !followed, acts(side));
    node.classList.toggle("more", followed);
    node.classList.toggle("changed", Boolean(old));
    if (old?.node.contains(document.activeElement)) focus = node;
    seen.drawn.set(`${chat}-${first.id}`, { sign, node });
    return node;
  });
  if (!nodes.length) nodes.push(empty(side));
  for (const child of [...box.children]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, at) => { if (box.children[at] !== node) box.insertBefore(node, box.children[at] ?? null); });
  if (focus) $(".key", focus)?.focus();
  if (low) scrollDown(side);
}

function empty(side) {
  const words = side === "phone" ? "Бот поможет войти в электронный дневник через Госуслуги."
    : "Здесь появятся обращения семей: у каждого своя тема. Что напишете в теме, уйдёт семье.";
  const start = make("button", { type: "button", className: "main", onclick: () => send("phone", "/start") }, "Начать");
  return make("div", { className: "empty" }, make("p", {}, words), side === "phone" ? start : null);
}

function drawPeople() {
  const had = $("#people").contains(document.activeElement);
  $("#people").replaceChildren(...state.people.map((one) => make("button", {
    type: "button", role: "tab", id: `tab${one.id}`, tabIndex: one.id === seen.person ? 0 : -1,
    ariaSelected: String(one.id === seen.person), onclick: () => openPerson(one.id),
    className: seen.unread.has(one.id) ? "unread" : "",
  }, one.tab)));
  for (const tab of $("#people").children) tab.setAttribute("aria-controls", "phone-panel");
  $("#phone-panel").setAttribute("aria-labelledby", `tab${seen.person}`);
  if (had) $(`#tab${seen.person}`).focus();
}

function drawTopics() {
  const rows = [{ id: null, name: "Общая тема", icon: "#", colour: "#7a8794" }, ...topics()];
  $("#topics").replaceChildren(...rows.map((topic) => {
    const mark = make("span", { className: "mark", ariaHidden: "true" }, topic.icon || topic.name.match(/\d+/)?.[0] || "•");
    mark.style.background = topic.colour;
    const button = make("button", { type: "button", onclick: () => openTopic(topic.id) }, mark, make("span", {}, topic.name + (topic.closed ? " 🔒" : "")));
    if (topic.id === seen.topic) button.setAttribute("aria-current", "true");
    if (seen.unread.has(`t${topic.id ?? undefined}`)) button.classList.add("unread");
    return make("li", {}, button);
  }));
  $("#topics [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  const now = rows.find((topic) => topic.id === seen.topic) ?? rows[0];
  $("#topic-name").textContent = now.name;
  $("#switch-topic").hidden = $("#drop-topic").disabled = now.id === null;
  $("#switch-topic").textContent = now.closed ? "Открыть тему" : "Закрыть тему";
}

const LAMP = { on: "Бот работает", starting: "Бот запускается…", off: "Бот выключен" };

function drawStatus() {
  const { bot, words, outbox, pending, troubles, example } = state.status;
  $("#lamp").dataset.state = bot;
  $("#lamp").textContent = LAMP[bot];
  $("#lamp").title = words || "";
  $("#outbox").textContent = outbox ?? "–";
  $("#pending").textContent = pending;
  for (const id of ["outbox", "pending"]) $(`#${id}`).classList.toggle("some", Number($(`#${id}`).textContent) > 0);
  for (const chip of document.querySelectorAll("[data-trouble]")) {
    const left = troubles[chip.dataset.trouble];
    press(chip, left !== undefined, `Telegram отвечает ${chip.dataset.trouble}${left === undefined ? "" : `: ещё ${left} с`}`);
  }
  press($("#block"), isBlocked(), isBlocked() ? "Семья разблокирует бота" : "Семья блокирует бота");
  press($("#kill"), bot === "off", bot === "off" ? "Запустить бота снова" : "Бот упал");
  $("#blocked").hidden = !isBlocked();
  $("#example").textContent = example ? "Остановить пример" : "Показать пример";
}

function press(button, on, words) {
  button.setAttribute("aria-pressed", String(on));
  button.firstElementChild.textContent = words;
}

function drawTrace() {
  const opened = new Set([...document.querySelectorAll("#trace details[open]")].map((one) => one.dataset.key));
  $("#trace").replaceChildren(...[...state.trace].reverse().map((one) => {
    const key = `${one.at}${one.name}`;
    const head = make("summary", {}, make("time", {}, new Date(one.at * 1000).toLocaleTimeString("ru")),
      make("b", { className: one.error ? "bad" : one.kind }, one.kind === "update" ? `→ ${one.name}` : one.name), make("span", {}, one.error || ""));
    return make("li", {}, make("details", { data: { key }, open: opened.has(key) }, head, make("pre", {}, JSON.stringify(one.body, null, 1))));
  }));
}

function openPerson(id) {
  seen.person = id;
  seen.unread.delete(id);
  setReply("phone", null);
  calm("phone");
  drawPeople(); drawStatus(); drawTalk("phone");
  scrollDown("phone");
}

function openTopic(id) {
  seen.topic = id;
  seen.unread.delete(`t${id ?? undefined}`);
  setReply("desk", null);
  calm("desk");
  drawTopics(); drawTalk("desk");
  scrollDown("desk");
}

function show(side) {
  document.body.dataset.side = side;
  for (const one of ["phone", "desk"]) $(`#to-${one}`).setAttribute("aria-pressed", String(one === side));
  scrollDown();
}

function toast(text, side = document.body.dataset.side) {
  const node = make("p", {}, text);
  $(`.${side} .toasts`).append(node);
  setTimeout(() => node.remove(), 4000);
}

// It takes room at the bottom, so that it never lies over what it tells about; the talks stay at their ends.
function story(text) {
  $("#story").hidden = !text;
  $("#story").textContent = text || "";
  scrollDown();
}

function scrollDown(...sides) {
  for (const side of sides.length ? sides : ["phone", "desk"]) {
    const box = $(`#${side}-talk`);
    box.scrollTop = box.scrollHeight;
  }
}

function choose(text, choices) {
  $("#ask-text").textContent = text;
  const close = (then) => () => { $("#ask").close(); then(); };
  $("#ask-buttons").replaceChildren(...choices.map(([label, then]) => make("button", { type: "button", onclick: close(then) }, label)));
  $("#ask").showModal();
}

// --- what people do ---------------------------------------------------------------------------------------------

const who = (side) => (side === "phone" ? seen.person : Number($("#admin").value));

function acts(side) {
  return {
    blocked: () => side === "phone" && isBlocked(),
    command: (words) => send(side, words),
    open: (url) => openLink(url),
    reply: (message) => { setReply(side, message); field(side).focus(); },
    press: (chat, message, data, button) => {
      button.classList.add("waiting");
      ask("press", { who: who(side), chat, message, data });
    },
  };
}

function send(side, text) {
  const reply_to = seen.reply[side]?.id ?? null;
  if (side === "phone" && isBlocked()) { toast("Сначала разблокируйте бота.", side); return false; }
  if (side === "phone") ask("say", { person: seen.person, text, reply_to });
  else ask("answer", { admin: who("desk"), topic: seen.topic, text, reply_to });
  setReply(side, null);
  scrollDown(side);
  return true;
}

async function sendFiles(side, files) {
  if (!files.length || (side === "phone" && isBlocked())) return;
  const body = new FormData();
  const fields = { who: who(side), topic: side === "desk" ? seen.topic ?? "" : "", reply_to: seen.reply[side]?.id ?? "", caption: field(side).value };
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  for (const file of files) body.append("file", file);
  const answer = await fetch("/files", { method: "POST", body }).catch(() => null);
  if (!answer?.ok) { toast("Файл не ушёл: он больше 20 МБ, или показ остановлен."); return; }
  field(side).value = "";
  setReply(side, null);
}

function setReply(side, message) {
  seen.reply[side] = message;
  const quote = $(`#${side}-form .quote`);
  quote.hidden = !message;
  $("span", quote).textContent = message ? `${message.name}: ${message.text || "вложение"}` : "";
}

// Links of the dialogue stay inside the demo: to the bot, to share, to a topic. True where one was taken care of.
function openLink(address) {
  const url = new URL(address, location.href);
  if (!/^(t\.me|telegram\.me)$/.test(url.hostname)) return false;
  const inner = url.pathname === "/share/url" ? url.searchParams.get("url") ?? "" : address;
  const start = URL.canParse(inner) && new URL(inner).pathname.slice(1).toLowerCase() === state.bot.username.toLowerCase();
  const part = url.pathname.match(/^\/c\/\d+\/(\d+)/);
  if (part && topics().some((topic) => topic.id === Number(part[1]))) { openTopic(Number(part[1])); show("desk"); return true; }
  if (!start) return false;
  const payload = new URL(inner).searchParams.get("start") ?? "";
  const shared = inner !== address;
  const open = (one) => () => { openPerson(one.id); show("phone"); ask("open", { person: one.id, payload }); };
  const others = state.people.filter((one) => !shared || one.id !== seen.person);
  const question = shared ? "Кому отправить ссылку? Этот человек откроет её сразу." : "На чьём телефоне открыть ссылку?";
  choose(question, others.map((one) => [one.tab, open(one)]));
  return true;
}

function showMenu(side, form) {
  const menu = $(".menu", form);
  const chat = side === "phone" ? seen.person : state.desk.id;
  const commands = state.status.menus?.[chat] ?? [];
  const pick = (command) => () => { menu.hidden = true; $("[data-menu]", form).ariaExpanded = "false"; send(side, `/${command}`); };
  menu.replaceChildren(...commands.map((one) => make("li", {}, make("button", { type: "button", onclick: pick(one.command) },
    make("b", {}, `/${one.command}`), make("span", {}, one.description)))));
  if (!commands.length) menu.replaceChildren(make("li", {}, "Бот ещё не прислал меню"));
  menu.hidden = !menu.hidden;
  $("[data-menu]", form).ariaExpanded = String(!menu.hidden);
  if (!menu.hidden) $("button", menu)?.focus();
}

for (const side of ["phone", "desk"]) {
  const form = $(`#${side}-form`);
  const files = $("input[type=file]", form);
  const screen = form.closest(".screen");
  form.onsubmit = (event) => {
    event.preventDefault();
    const text = field(side).value.trim();
    if (text && send(side, text)) field(side).value = "";
  };
  form.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    if (!$(".menu", form).hidden) { showMenu(side, form); $("[data-menu]", form).focus(); } else setReply(side, null);
  };
  form.onpaste = (event) => sendFiles(side, [...event.clipboardData.files]);
  $("[data-menu]", form).onclick = () => showMenu(side, form);
  $("[data-attach]", form).onclick = () => files.click();
  $(".quote button", form).onclick = () => setReply(side, null);
  files.onchange = () => { sendFiles(side, [...files.files]); files.value = ""; };
  screen.ondragover = (event) => { event.preventDefault(); screen.classList.add("drop"); };
  screen.ondragleave = (event) => { if (!screen.contains(event.relatedTarget)) screen.classList.remove("drop"); };
  screen.ondrop = (event) => { event.preventDefault(); screen.classList.remove("drop"); sendFiles(side, [...event.dataTransfer.files]); };
  $(`#to-${side}`).onclick = () => show(side);
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu:not([hidden])")) if (!menu.parentElement.contains(event.target)) menu.hidden = true;
});
$("#people").onkeydown = (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const at = state.people.findIndex((one) => one.id === seen.person);
  openPerson(state.people.at((at + step) % state.people.length).id);
};
for (const chip of document.querySelectorAll("[data-trouble]")) {
  chip.onclick = () => ask("trouble", { code: chip.dataset.trouble, on: chip.getAttribute("aria-pressed") !== "true" });
}
$("#block").onclick = () => ask("block", { person: seen.person, on: !isBlocked() });
$("#unblock").onclick = () => ask("block", { person: seen.person, on: false });
$("#drop-topic").onclick = () => ask("delete_topic", { topic: seen.topic });
$("#switch-topic").onclick = () => {
  const closed = !topics().find((one) => one.id === seen.topic)?.closed;
  ask("switch_topic", { admin: who("desk"), topic: seen.topic, closed });
};
$("#kill").onclick = () => ask(state.status.bot === "off" ? "start" : "kill");
$("#example").onclick = () => ask("example", { on: !state.status.example, pace });
$(".trace").ontoggle = () => { drawTrace(); scrollDown(); };

// --- the example: the page looks where the story goes -------------------------------------------------------------

function follow(cue) {
  if (cue.tell !== undefined) story(cue.tell);
  if (cue.over) { if (cue.tell) setTimeout(() => story(""), 9000); return; }
  const side = state.people.some((one) => one.id === cue.who) ? "phone" : "desk";
  show(side);
  if (side === "phone" && seen.person !== cue.who) openPerson(cue.who);
  if (side === "desk") {
    $("#admin").value = cue.who;
    if (cue.topic && seen.topic !== cue.topic) openTopic(cue.topic);
  }
  if (cue.type) {
    field(side).value = cue.type;
    setTimeout(() => { if (field(side).value === cue.type) field(side).value = ""; }, 1100 * pace);
  }
  if (cue.aim) {
    const node = document.getElementById(`m${side === "phone" ? cue.who : state.desk.id}-${cue.aim}`);
    const key = node && [...node.querySelectorAll(".key")].find((one) => one.textContent === cue.label);
    key?.scrollIntoView({ block: "nearest" });
    key?.classList.add("aim");
  }
}

connect();
